import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kbt, rows, tempFolder } from "../support/kbt.ts";

// `kbt why`, held against plain SQL on the same file.

const folder = tempFolder();
afterAll(() => folder.remove());
const db = `${folder.path}/kbt.sqlite`;

interface Why {
  readonly data: {
    readonly since: string;
    readonly funnel: readonly {
      readonly step: string;
      readonly windows: number;
      readonly markets: number;
      readonly evaluations: number;
    }[];
    readonly exits: readonly { readonly step: string; readonly evaluations: number }[];
    readonly gates: readonly {
      readonly code: string;
      readonly shut: number;
      readonly alone: number;
    }[];
    readonly nearest: {
      readonly opportunity_id: number;
      readonly code: string;
      readonly ev: number;
    };
  };
}

async function ask(...args: readonly string[]): Promise<Why["data"]> {
  const ran = await kbt(["why", "--db", db, "--json", ...args], { cwd: folder.path });
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  return (JSON.parse(ran.stdout) as Why).data;
}

/** Baselines never trade, and are left out unless they are named. */
const ASKED = "strategy NOT IN ('always-no', 'market-mid', 'base-rate')";

/** What began to sell a holding is no entry; it has a sell order, or none because nobody bid. */
const EXIT = `(decision = 'trade' AND (reason <> 'edge' OR opportunity_id IN
  (SELECT opportunity_id FROM order_intents WHERE action = 'sell')))`;

/** Evaluations none of whose shut gates match any of the patterns. */
const PAST = (patterns: readonly string[]): string =>
  patterns.map((one) => ` AND (',' || failed || ',') NOT GLOB '*,${one},*'`).join("");

const DATA = ["no_*", "book_*", "spot_*", "sigma_*", "index_stale", "fee_unknown", "gap_*"];
const STEPS: readonly (readonly [step: string, patterns: readonly string[]])[] = [
  ["data fresh", DATA],
  ["strike known", ["strike_*"]],
  ["inside entry time", ["tau_above_max", "closing_soon"]],
  ["spread", ["one_sided", "spread_wide"]],
  ["expected value", ["ev_below_min", "vol_guess"]],
  ["depth", ["depth"]],
  ["limits", ["risk.*"]],
];

describe("why", () => {
  beforeAll(async () => {
    const run = ["paper", "--sim", "--sim-speed", "max", "--windows", "3", "--db", db];
    expect(await kbt(run, { cwd: folder.path })).toMatchObject({ code: 0 });
  }, 120_000);

  test("prints the funnel that plain SQL finds", async () => {
    const { exits, funnel, gates, since } = await ask();
    const line = (step: string) => funnel.find((one) => one.step === step);
    expect(since).toBe("2026-11-02T00:00:00.000Z");
    const past: string[] = [];
    for (const [step, patterns] of STEPS) {
      past.push(...patterns);
      const [counted] = rows(
        db,
        `SELECT count(*), count(DISTINCT ticker), count(DISTINCT close_ms)
         FROM opportunities JOIN kalshi_markets USING (ticker) WHERE ${ASKED} AND NOT ${EXIT}${PAST(past)}`,
      );
      const { evaluations, markets, windows } = line(step) ?? {};
      expect([evaluations, markets, windows], step).toEqual(counted);
    }
    const entries = `SELECT count(*) FROM opportunities WHERE decision = 'trade' AND NOT ${EXIT}`;
    expect([[line("limits")?.evaluations]]).toEqual(rows(db, entries));
    const begun = rows(db, `SELECT count(*) FROM opportunities WHERE ${EXIT}`);
    for (const [action, steps] of [
      ["buy", funnel],
      ["sell", exits],
    ] as const) {
      const count = (step: string) => steps.find((one) => one.step === step)?.evaluations;
      expect([[count("order")]], action).toEqual(
        rows(db, `SELECT count(*) FROM orders WHERE action = '${action}'`),
      );
      expect([[count("fill")]], action).toEqual(
        rows(db, `SELECT count(DISTINCT order_id) FROM fills WHERE action = '${action}'`),
      );
    }
    expect([[exits[0]?.evaluations]]).toEqual(begun);
    expect(gates.map(({ code }) => code)).toContain("ev_below_min");
    for (const { alone, code, shut } of gates) {
      const counted = rows(
        db,
        `SELECT count(*), sum(failed = '${code}' AND ev IS NOT NULL) FROM opportunities
         WHERE ${ASKED} AND (',' || failed || ',') LIKE '%,${code},%'`,
      );
      expect(counted, code).toEqual([[shut, alone]]);
    }
  });

  test("shows baselines when they are named, and nothing else then", async () => {
    const { funnel, gates, nearest } = await ask("--strategy", "baselines");
    const logged = rows(db, `SELECT count(*) FROM opportunities WHERE NOT ${ASKED}`);
    expect([[funnel[0]?.evaluations]]).toEqual(logged);
    expect(logged[0]?.[0]).toBeGreaterThan(0);
    expect(gates).toContainEqual(expect.objectContaining({ code: "baseline", alone: 0 }));
    expect(nearest).toBeNull();
  });

  test("names the nearest miss, and tells it from inputs to settlement", async () => {
    const { nearest } = await ask("--strategy", "threshold-ev", "--series", "KXBTC15M,KXSOL15M");
    const best = `SELECT failed, ev FROM opportunities WHERE instr(failed, ',') = 0 AND failed <> ''
      ORDER BY ev DESC LIMIT 1`;
    expect([[nearest.code, nearest.ev]]).toEqual(rows(db, best));
    const ran = await kbt(["why", String(nearest.opportunity_id), "--db", db], {
      cwd: folder.path,
    });
    expect(ran.code).toBe(0);
    for (const word of ["strike >= ", " ms old", "sigma ", "settlement-average/", nearest.code]) {
      expect(ran.stdout).toContain(word);
    }
    expect(ran.stdout).toMatch(/settled {5}(yes|no) at \d/);
  });

  test("asked for by series it counts a window once, in orders as in evaluations", async () => {
    const { funnel } = await ask("--series", "KXBTC15M,KXSOL15M");
    expect(funnel).toEqual((await ask()).funnel);
  });

  test("a trade is told to its profit", async () => {
    const [[id, orderId] = []] = rows(
      db,
      `SELECT o.opportunity_id, o.order_id FROM orders o JOIN fills f ON f.order_id = o.order_id
       JOIN settlements s ON s.ticker = o.ticker WHERE s.final = 1 LIMIT 1`,
    ) as (string | number)[][];
    const ran = await kbt(["why", String(id), "--db", db], { cwd: folder.path });
    expect(ran.stdout).toContain("shut gates  none");
    expect(ran.stdout).toContain(`${orderId}: buy`);
    const [[pnl] = []] = rows(
      db,
      `SELECT sum((f.side = s.result) * f.qty_cq * 10000 - f.price_cc * f.qty_cq - f.fee_ud) FROM fills f
       JOIN settlements s ON s.ticker = f.ticker AND s.final = 1 WHERE f.order_id = '${orderId}'`,
    ) as number[][];
    const shown = /P&L {9}(-?)\$([\d.]+), held/.exec(ran.stdout);
    expect(Number(`${shown?.[1]}${shown?.[2]}`)).toBeCloseTo((pnl ?? Number.NaN) / 1e6, 2);
  });

  test.each([
    [["7"], 2, "UNKNOWN_DECISION"],
    [["nearest"], 2, "USAGE"],
    [["--since", "yesterday"], 2, "USAGE"],
    [["--strategy", "nope"], 2, "UNKNOWN_STRATEGY"],
    [["10000000001", "--series", "KXBTC15M"], 2, "USAGE"],
  ])("%j is refused in one line", async (args, code, name) => {
    const ran = await kbt(["why", ...args, "--db", db], { cwd: folder.path });
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).toContain(`error[${name}]`);
  });

  test("a replay of the same market is counted when it is asked for, not beside what it replays", async () => {
    const before = await ask();
    const replay = ["backtest", "--run", "1", "--db", db];
    expect(await kbt(replay, { cwd: folder.path })).toMatchObject({ code: 0 });
    expect(await ask()).toEqual(before);
    const replayed = await ask("--mode", "backtest");
    expect(replayed.funnel).toEqual(before.funnel);
    expect(replayed.nearest.opportunity_id).toBeGreaterThan(before.nearest.opportunity_id);
  });

  test("nor on the page of calibrate, where runs of two modes are judged together", async () => {
    const second = ["paper", "--sim", "--sim-speed", "max", "--windows", "1", "--db", db];
    expect(await kbt(second, { cwd: folder.path })).toMatchObject({ code: 0 });
    const file = new Database(db);
    file.exec("UPDATE runs SET mode = 'live' WHERE run_id = 3");
    file.close();
    const page = ["calibrate", "--html", "page.html", "--db", db];
    expect(await kbt(page, { cwd: folder.path })).toMatchObject({ code: 0 });
    const [seen] = rows(
      db,
      `SELECT count(*) FROM opportunities JOIN runs USING (run_id) WHERE ${ASKED} AND NOT ${EXIT} AND runs.mode <> 'backtest'`,
    );
    const text = readFileSync(`${folder.path}/page.html`, "utf8").replaceAll(/<[^>]*>/g, " ");
    const line = /seen +\d+ +\d+ +([\d\u2009\u00a0\u202f ]+?) +100/.exec(text)?.[1] ?? "";
    expect([Number(line.replaceAll(/\D/g, ""))]).toEqual(seen);
  });

  test("an empty stretch of time is said to be one", async () => {
    const { funnel, gates, nearest } = await ask("--since", "2030-01-01");
    expect(funnel[0]).toMatchObject({ evaluations: 0, markets: 0, windows: 0 });
    expect({ gates, nearest }).toEqual({ gates: [], nearest: null });
    const ran = await kbt(["why", "--db", db, "--series", "KXNOPE"], { cwd: folder.path });
    expect(ran.stdout).toBe("no evaluations of what was asked for from 2026-11-02T00:00:00Z\n");
  });
});
