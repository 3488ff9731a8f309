import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kbt, rows, tempFolder } from "../support/kbt.ts";

// `kbt backtest` over recorded runs: the same engine, so the same settings give the same trades.

const folder = tempFolder();
afterAll(() => folder.remove());
const db = `${folder.path}/kbt.sqlite`;
const run = (...args: readonly string[]) => kbt([...args, "--db", db], { cwd: folder.path });

const DECIDED = `ticker, at_ms, strategy, side, p_model, sigma, ev, decision, reason, cost_ud, yes_bid_cc, yes_ask_cc`;
const decisionsOf = (runId: number): unknown[][] =>
  rows(db, `SELECT ${DECIDED} FROM opportunities WHERE run_id = ${runId} ORDER BY opportunity_id`);
const fillsOf = (runId: number): unknown[][] =>
  rows(
    db,
    `SELECT ticker, side, action, price_cc, qty_cq, fee_ud, at_ms FROM fills WHERE run_id = ${runId} ORDER BY rowid`,
  );

beforeAll(async () => {
  const done = await run("paper", "--sim", "--sim-speed", "max", "--windows", "1", "--quiet");
  expect(done.code).toBe(0);
}, 120_000);

describe("kbt backtest", () => {
  test("with the settings of the run gives its decisions and fills, and leaves the inputs alone", async () => {
    const before = rows(db, "SELECT count(*) FROM deltas");
    const done = await run("backtest", "--run", "1", "--json");
    expect(done.code).toBe(0);
    const { data } = JSON.parse(done.stdout);
    expect(data).toMatchObject({
      run_id: 2,
      left_open: 0,
      coverage: { rows: [{ source: "run 1 (paper)" }] },
    });
    expect(decisionsOf(2)).toEqual(decisionsOf(1));
    expect(fillsOf(2)).toEqual(fillsOf(1));
    expect(fillsOf(2).length).toBeGreaterThan(0);
    expect(rows(db, "SELECT count(*) FROM deltas")).toEqual(before);
    expect(rows(db, "SELECT mode, exit_code FROM runs WHERE run_id = 2")).toEqual([
      ["backtest", 0],
    ]);
    const [[pnl]] = rows(db, "SELECT sum(pnl_ud) FROM trade_ledger WHERE run_id = 1") as [[number]];
    expect(Number(data.metrics.pnl) * 1e6).toBeCloseTo(pnl, 0);
  });

  test("with other settings, and from a later time on, decides otherwise", async () => {
    const [[from]] = rows(
      db,
      "SELECT (min(at_ms) + max(at_ms)) / 2 FROM opportunities WHERE run_id = 1",
    ) as [[number]];
    const since = new Date(from).toISOString();
    const done = await run(
      "backtest",
      "--run",
      "1",
      "--since",
      since,
      "--set",
      "strategy.threshold-ev.ev_min=0.5",
      "--json",
    );
    expect(done.code).toBe(0);
    const { data } = JSON.parse(done.stdout);
    const [[first, trades]] = rows(
      db,
      `SELECT min(at_ms), sum(decision = 'trade') FROM opportunities WHERE run_id = ${data.run_id}`,
    ) as [[number, number]];
    expect(first).toBeGreaterThanOrEqual(Math.floor(from));
    expect(trades).toBe(0);
    expect(data.metrics.trades).toBe(0);
  });

  test("broken off by a signal, its run has the exit code of the command", async () => {
    for (const [signal, exit] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const done = await kbt(["backtest", "--run", "1", "--db", db], {
        cwd: folder.path,
        onStderr: (text, kill) => {
          if (/backtest: .* events/.test(text)) kill(signal);
        },
      });
      expect(done.code).toBe(exit);
      const newest = rows(db, "SELECT mode, exit_code FROM runs ORDER BY run_id DESC LIMIT 1");
      expect(newest).toEqual([["backtest", exit]]);
    }
  });

  test("compares exits and variants, each as it is alone, whatever thread replays it", async () => {
    const swept = await run(
      "backtest",
      "--run",
      "1",
      "--json",
      "--exit",
      "hold,stop25",
      "--sweep",
      "strategy.threshold-ev.ev_min=0.03,0.2",
    );
    expect(swept.code).toBe(0);
    const { data } = JSON.parse(swept.stdout);
    expect(data.exits.exits.map(({ exit }: { exit: string }) => exit)).toEqual(["hold", "stop25"]);
    expect(data.sweep.cells.map(({ name }: { name: string }) => name)).toEqual([
      "ev_min=0.03",
      "ev_min=0.2",
    ]);
    const alone = await run(
      "backtest",
      "--run",
      "1",
      "--json",
      "--set",
      "strategy.threshold-ev.ev_min=0.2",
    );
    const [, second] = data.sweep.cells;
    expect(second.all.pnl).toBe(JSON.parse(alone.stdout).data.metrics.pnl);
    expect(data.sweep.cells[0].all.pnl).toBe(data.metrics.pnl);
  });

  test("tells what each trade made on the worst terms, and fills by them when asked", async () => {
    const [expected, pessimistic] = await Promise.all(
      ["expected", "pessimistic"].map(async (fill) => {
        const done = await run("backtest", "--run", "1", "--fill", fill, "--json");
        expect(done.code).toBe(0);
        return JSON.parse(done.stdout).data;
      }),
    );
    const shadowOf = (runId: number): unknown[][] =>
      rows(
        db,
        `SELECT order_id IS NULL, action, qty_cq, fee_ud, pnl_ud FROM pessimistic_legs WHERE run_id = ${runId} ORDER BY leg_id`,
      );
    expect(shadowOf(expected.run_id)).toEqual(shadowOf(1));
    expect(shadowOf(1).length).toBeGreaterThan(0);
    // A pessimistic account's fees are whole cents, on whichever account they are charged.
    const fees = (runId: number): number[] =>
      rows(db, `SELECT DISTINCT fee_ud % 10000 FROM fills WHERE run_id = ${runId}`)
        .flat()
        .map(Number);
    expect(fees(expected.run_id)).not.toEqual([0]);
    expect(fees(pessimistic.run_id)).toEqual([0]);
    expect([expected.fill, pessimistic.fill]).toEqual(["expected", "pessimistic"]);
    // On the same terms both accounts make the same.
    expect(pessimistic.metrics.pnl_pessimistic).toBe(pessimistic.metrics.pnl);
    const settled = rows(
      db,
      `SELECT coalesce(sum(pnl_ud), 0) FROM pessimistic_legs WHERE run_id = ${expected.run_id}`,
    );
    expect(Number(expected.metrics.pnl_pessimistic) * 1e6).toBeCloseTo(Number(settled[0]?.[0]), 0);
  });

  test("guards against looking ahead", async () => {
    const done = await run("backtest", "--run", "1", "--guard");
    expect(done.code).toBe(0);
    expect(done.stdout).toMatch(/no decision looks ahead\n$/);
    expect(done.stdout.match(/earlier decisions unchanged/g)).toHaveLength(3);
  });

  test.each([
    [["--run", "99"], 2, "RUN_MISSING"],
    [["--since", "2030-01-01"], 7, "NOTHING_RECORDED"],
    [["--sweep", "ev_min"], 2, "BAD_SWEEP"],
    [["--sweep", "no.such_key=1,2"], 2, "CONFIG_INVALID"],
    [["--exit", "stopp"], 2, "CONFIG_INVALID"],
    [["--strategy", "nobody"], 2, "UNKNOWN_STRATEGY"],
  ])("says what is wrong with %j", async (args, code, error) => {
    const done = await run("backtest", ...args);
    expect(done.code).toBe(code);
    expect(done.stderr).toContain(`error[${error}]`);
    expect(done.stdout).toBe("");
  });

  test.each([
    [["--verify", "1", "--guard"], "--verify cannot be used with option '--guard'"],
    [["--guard", "--sweep", "a=1,2"], "--guard cannot be used with option '--sweep'"],
    [["--hold-out", "1"], "a share above 0 and below 1"],
    [
      ["--run", "1,nope"],
      "option '--run <n,m>' argument '1,nope' is invalid. It must be an integer",
    ],
  ])("refuses %j", async (args, text) => {
    const done = await run("backtest", ...args);
    expect(done.code).toBe(2);
    expect(done.stderr).toContain(text);
  });
});
