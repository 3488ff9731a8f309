import { readFileSync } from "node:fs";
import { XMLValidator } from "fast-xml-parser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kbt, type Ran, rows, tempFolder } from "../support/kbt.ts";

const SAME_SEED = ["--sim-seed", "7", "--sim-speed", "max", "--windows", "2"];
const EVIDENCE = [
  "opportunities",
  "orders",
  "order_events",
  "fills",
  "trade_ledger",
  "settlements",
];

describe("the first run, without account, key or network", () => {
  const folder = tempFolder();
  const again = tempFolder();
  const db = `${folder.path}/data/kbt.sqlite`;
  let paper: Ran;

  beforeAll(async () => {
    paper = await kbt(["paper", "--sim", ...SAME_SEED], { cwd: folder.path });
  }, 60_000);

  afterAll(() => {
    folder.remove();
    again.remove();
  });

  test("paper decides, fills, settles and says so", () => {
    expect(paper.code).toBe(0);
    expect(paper.stdout).toContain("ended after the asked windows");
    expect(paper.stdout).toMatch(
      /\d+ evaluations of \d+ markets, \d+ orders, [1-9]\d* simulated fills/,
    );
    expect(paper.stdout).toMatch(/\d+ markets settled in 2 windows, realised P&L -?\$/);
  });

  test("every order points to its evaluation, every fill to its order, and the ledger adds up", () => {
    const [[orders, orphans]] = rows(
      db,
      "SELECT count(*), sum(o.opportunity_id NOT IN (SELECT opportunity_id FROM opportunities WHERE decision = 'trade')) FROM orders o",
    ) as [[number, number]];
    expect(orders).toBeGreaterThan(0);
    expect(orphans).toBe(0);
    expect(
      rows(db, "SELECT count(*) FROM fills WHERE order_id NOT IN (SELECT order_id FROM orders)"),
    ).toEqual([[0]]);
    const [[paid, costs]] = rows(
      db,
      "SELECT (SELECT sum(price_cc * qty_cq + fee_ud) FROM fills), (SELECT sum(cost_ud) FROM trade_ledger WHERE action = 'buy')",
    ) as [[number, number]];
    expect(paid).toBe(costs);
  });

  test("each evaluation of an open market is on file at least once a second", () => {
    const gaps = rows(
      db,
      `SELECT max(gap) FROM (SELECT at_ms - lag(at_ms) OVER (PARTITION BY ticker ORDER BY at_ms) AS gap FROM opportunities)`,
    );
    expect(gaps[0]?.[0]).toBeLessThanOrEqual(1_000);
  });

  test("the same seed gives the same rows, one by one", async () => {
    const second = await kbt(["paper", "--sim", ...SAME_SEED], { cwd: again.path });
    expect(second.code).toBe(0);
    for (const table of EVIDENCE) {
      const sql = `SELECT * FROM ${table}`;
      const found = rows(`${again.path}/data/kbt.sqlite`, sql);
      expect(found.length).toBeGreaterThan(0);
      expect(found).toEqual(rows(db, sql));
    }
  }, 60_000);

  test("calibrate compares model and market and admits that there is too little", async () => {
    const text = await kbt(["calibrate"], { cwd: folder.path });
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^NOISY: (no|[12]) settled windows? /);
    const json = await kbt(["calibrate", "--json"], { cwd: folder.path });
    const document = JSON.parse(json.stdout);
    expect(document).toMatchObject({ schema: "kbt.calibrate/v1", ok: true, error: null });
    expect(document.data.proof.verdict.conditions.length).toBeGreaterThan(10);
    expect(document.data.report.all.scores.model.brier).toBeGreaterThan(0);
    const proof = await kbt(["calibrate", "--require-proof"], { cwd: folder.path });
    expect(proof.code).toBe(10);
    expect(proof.stderr).toContain("error[EDGE_NOT_PROVEN]");
  });

  test("calibrate --html writes one page that needs nothing beside itself", async () => {
    const run = (...words: readonly string[]) =>
      kbt(["calibrate", "--json", ...words], { cwd: folder.path });
    const made = await run("--html", "report.html");
    expect(made.code).toBe(0);
    expect(JSON.parse(made.stdout).data.html).toBe("report.html");
    const page = readFileSync(`${folder.path}/report.html`, "utf8");
    expect(page.length).toBeLessThan(500_000);
    const closed = page.replace("<!doctype html>", "").replace(/<meta ([^>]*)>/g, "<meta $1/>");
    expect(XMLValidator.validate(closed)).toBe(true);
    expect(page).not.toMatch(/<script|<link|<img|src=|href=|https?:|url\(|@import/i);
    expect(page).toMatch(
      /<span class="word">NOISY<\/span> <span class="measure">\d of 100 windows/,
    );
    expect(page).toContain("From window to fill");
    const refused = await run("--html", "none/report.html");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/^error\[FILE_UNWRITABLE\] [^\n]*make its folder first\n$/);
  });

  test.each([
    [["ledger"]],
    [["ledger", "orders"]],
    [["ledger", "pnl"]],
    [["ledger", "settlements"]],
  ])("%j reads sensibly", async (args) => {
    const { code, stdout } = await kbt(args, { cwd: folder.path });
    expect(code).toBe(0);
    expect(stdout.split("\n").length).toBeGreaterThan(2);
  });

  test("ledger settle lets the same exchange run on and is idempotent", async () => {
    const first = await kbt(["ledger", "settle", "--sim", "--sim-seed", "7"], { cwd: folder.path });
    expect(first).toMatchObject({ code: 0 });
    const second = await kbt(["ledger", "settle", "--sim", "--sim-seed", "7"], {
      cwd: folder.path,
    });
    expect(second.stdout).toBe("nothing to settle: every closed market has its result\n");
    expect(rows(db, "SELECT count(*) FROM settlements WHERE final = 0")).toEqual([[0]]);
  }, 30_000);

  test("preview shows the markets and writes nothing", async () => {
    const { code, stdout } = await kbt(["preview", "--sim", "--db", "none.sqlite"], {
      cwd: folder.path,
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/KXBTC15M-\S+ closes at \d\d:\d\d E[SD]T, in 11m30s/);
    expect(await kbt(["ledger", "--db", "none.sqlite"], { cwd: folder.path })).toMatchObject({
      code: 9,
    });
  });

  test("doctor checks the set-up against the local exchange", async () => {
    const { code, stdout } = await kbt(["doctor", "--sim"], { cwd: folder.path });
    expect(code).toBe(0);
    expect(stdout).toContain("trading is active on the crypto shard");
  });
});

describe("over real sockets", () => {
  const folder = tempFolder();
  afterAll(() => folder.remove());

  test("paper at a given speed ends after the seconds of the user's clock", async () => {
    const { code, stdout } = await kbt(
      ["paper", "--sim", "--seconds", "3", "--sim-speed", "60", "--json"],
      {
        cwd: folder.path,
      },
    );
    const { data, schema } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(schema).toBe("kbt.paper/v1");
    expect(data.ended_by).toBe("seconds");
    expect(data.evaluations).toBeGreaterThan(0);
  }, 30_000);

  test("Ctrl-C ends a run in order: summary, exit 0, the run closed in the database", async () => {
    const db = `${folder.path}/stop.sqlite`;
    const { code, stdout } = await kbt(["paper", "--sim", "--sim-speed", "30", "--db", db], {
      cwd: folder.path,
      onStderr: (text, kill) => {
        if (/[1-9]\d* evaluations/.test(text)) kill("SIGINT");
      },
    });
    expect(code).toBe(0);
    expect(stdout).toContain("ended on request");
    expect(rows(db, "SELECT exit_code, ended_ms > started_ms FROM runs")).toEqual([[0, 1]]);
  }, 40_000);

  test("no order outlives its run, however it ends", async () => {
    const db = `${folder.path}/orders.sqlite`;
    // A story that begins with a chance to trade.
    const max = ["--sim", "--sim-seed", "24", "--sim-speed", "max", "--db", db];
    await kbt(["paper", ...max, "--series", "KXBTCD", "--once"], { cwd: folder.path });
    await kbt(["paper", ...max, "--until", "2027-04-12T14:03:32.900Z"], { cwd: folder.path });
    expect(rows(db, "SELECT count(*) > 0, sum(state = 'pending') FROM orders")).toEqual([[1, 0]]);
    expect(rows(db, "SELECT count(*) > 0 FROM fills")).toEqual([[1]]);
  }, 30_000);

  test("--once looks at every open market and ends", async () => {
    const { code, stdout } = await kbt(
      ["paper", "--sim", "--once", "--db", `${folder.path}/once.sqlite`],
      {
        cwd: folder.path,
      },
    );
    expect(code).toBe(0);
    expect(stdout).toContain("ended after one look");
  }, 30_000);
});

describe("what is refused", () => {
  const folder = tempFolder();
  afterAll(() => folder.remove());

  test("live names every gate that is shut, exit 3", async () => {
    const { code, stderr } = await kbt(["live"], { cwd: folder.path });
    expect(code).toBe(3);
    for (const gate of ["trading_enabled", "credentials", "confirmation", "reconcile"]) {
      expect(stderr).toContain(gate);
    }
  });

  test("without a network: exit 5 and the hint to try --sim", async () => {
    const { code, stderr } = await kbt(["collect", "--seconds", "5"], {
      cwd: folder.path,
      env: { KALSHI_REST_URL: "http://127.0.0.1:9/trade-api/v2" },
    });
    expect(code).toBe(5);
    expect(stderr).toMatch(/^error\[NETWORK_REFUSED\] .* try --sim\n$/);
  });

  test("a database of the local exchange is not used for a real one", async () => {
    await kbt(["paper", "--sim", "--sim-speed", "max", "--once"], { cwd: folder.path });
    const { code, stderr } = await kbt(["collect", "--coinbase", "--seconds", "1"], {
      cwd: folder.path,
      env: { COINBASE_WS_URL: "ws://127.0.0.1:9/" },
    });
    expect(code).toBe(3);
    expect(stderr).toContain("error[DB_ENV_MISMATCH]");
  }, 30_000);

  test.each([
    ["unknown strategy", ["paper", "--sim", "--strategy", "luck"], 2, "UNKNOWN_STRATEGY"],
    ["unknown series", ["paper", "--sim", "--series", "KXFOO"], 2, "UNKNOWN_SERIES"],
    ["missing recording", ["paper", "--sim=replay:none.jsonl"], 2, "CAPTURE_UNREADABLE"],
    ["not a recording", ["paper", "--sim=replay:/etc/hostname"], 2, "CAPTURE_UNREADABLE"],
    [
      "wrong event",
      ["collect", "--sim", "--kalshi", "--seconds", "1", "--event", "FOO-BAR"],
      7,
      "NOT_DONE",
    ],
    ["missing database", ["calibrate", "--db", "none.sqlite"], 9, "DB_MISSING"],
  ])("%s: one line, the right exit code", async (_name, args, exitCode, errorCode) => {
    const { code, stderr, stdout } = await kbt([...args, "--quiet"], { cwd: folder.path });
    expect(code).toBe(exitCode);
    if (exitCode !== 7) expect(stdout).toBe("");
    expect(stderr).toMatch(new RegExp(`^error\\[${errorCode}\\] [^\\n]+\\n$`));
  });
});
