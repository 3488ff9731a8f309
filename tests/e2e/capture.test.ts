import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kbt, type Ran, rows, tempFolder } from "../support/kbt.ts";

// A recorded run goes out as a capture and comes back, through the frames and parsers of the exchange, as what it was.

const folder = tempFolder();
const cwd = folder.path;
afterAll(() => folder.remove());

// Everything but the numbers of subscriptions and frames, which belong to a connection.
const SAME: readonly (readonly [what: string, sql: string])[] = [
  [
    "book changes",
    "SELECT ticker, side, price_cc, delta_cq, exchange_ms, recv_ms FROM kalshi_orderbook_deltas ORDER BY ev",
  ],
  [
    "books",
    "SELECT ticker, yes_levels, no_levels, recv_ms FROM kalshi_orderbook_snapshots ORDER BY ev",
  ],
  [
    "tickers",
    `SELECT ticker, yes_bid_cc, yes_ask_cc, last_cc, yes_bid_qty_cq, yes_ask_qty_cq, volume_cq, open_interest_cq,
       exchange_ms, recv_ms FROM kalshi_tickers ORDER BY ev`,
  ],
  [
    "trades",
    "SELECT ticker, trade_id, yes_price_cc, qty_cq, taker_side, exchange_ms, recv_ms FROM kalshi_trades ORDER BY ev",
  ],
];

const captureOf = (run: string): Promise<Ran> =>
  kbt(["ledger", "export", "--what", "capture", "--run", run, "--db", "a.sqlite"], { cwd });

describe("a capture of a run", () => {
  beforeAll(async () => {
    const until = ["--sim-speed", "max", "--until", "2026-11-02T14:04:45Z", "--quiet"];
    const recorded = await kbt(["paper", "--sim", ...until, "--db", "a.sqlite"], { cwd });
    expect(recorded).toMatchObject({ code: 0, stderr: "" });
    const capture = await captureOf("1");
    expect(capture).toMatchObject({ code: 0, stderr: "" });
    writeFileSync(join(cwd, "run.jsonl"), capture.stdout);
  }, 60_000);

  test.each(["collect", "paper"])(
    "%s replays it to the same events",
    async (command) => {
      const db = `${command}.sqlite`;
      const end = command === "collect" ? ["--kalshi", "--seconds", "0"] : [];
      const how = ["--sim=replay:run.jsonl", "--sim-speed", "max", "--quiet", "--db", db];
      const { code } = await kbt([command, ...end, ...how], { cwd });
      expect(code).toBe(0);
      for (const [what, sql] of SAME) {
        const recorded = rows(join(cwd, "a.sqlite"), sql);
        expect(recorded.length, what).toBeGreaterThan(0);
        expect(rows(join(cwd, db), sql), what).toEqual(recorded);
      }
      expect(rows(join(cwd, db), "SELECT count(*) FROM feed_gaps")).toEqual([[0]]);
      const markets =
        "SELECT ticker, floor_strike_usd, close_ms FROM kalshi_markets WHERE open_ms <= (SELECT started_ms FROM runs)";
      expect(rows(join(cwd, db), `${markets} ORDER BY 1`)).toEqual(
        rows(join(cwd, "a.sqlite"), `${markets} ORDER BY 1`),
      );
    },
    60_000,
  );

  test.each([
    [[], "a capture is of one run"],
    [["--run", "7"], "there is no run 7"],
    [["--run", "1", "--format", "csv"], "a format of its own"],
    [["--run", "1", "--since", "1h"], "of a whole run"],
  ])("with %j is a usage error", async (args, text) => {
    const ran = await kbt(["ledger", "export", "--what", "capture", ...args, "--db", "a.sqlite"], {
      cwd,
    });
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain(text);
  });

  test("of a run without frames is a failure that says so", async () => {
    await kbt(["collect", "--sim", "--coinbase", "--seconds", "1", "--db", "a.sqlite"], { cwd });
    const ran = await captureOf("2");
    expect(ran).toMatchObject({ code: 7, stdout: "" });
    expect(ran.stderr).toContain("error[NOTHING_TO_REPLAY]");
  });
});

test("tables go out with their columns, as CSV and as a document", async () => {
  const give = (...args: readonly string[]) =>
    kbt(["ledger", "export", "--what", "tickers", "--run", "1", "--db", "a.sqlite", ...args], {
      cwd,
    });
  const sql = "SELECT ticker, yes_bid_cc, exchange_ms FROM kalshi_tickers WHERE run_id = 1";
  const [first] = rows(join(cwd, "a.sqlite"), `${sql} ORDER BY ev LIMIT 1`);
  const csv = await give();
  expect(csv).toMatchObject({ code: 0, stderr: "" });
  const [head = "", line = ""] = csv.stdout.split("\n");
  const cells = Object.fromEntries(head.split(",").map((name, at) => [name, line.split(",")[at]]));
  expect([cells["ticker"], Number(cells["yes_bid_cc"]), Number(cells["exchange_ms"])]).toEqual(
    first,
  );
  const document = JSON.parse((await give("--json")).stdout);
  expect(document).toMatchObject({ schema: "kbt.ledger/v1", ok: true });
  expect(document.data).toHaveLength(csv.stdout.trimEnd().split("\n").length - 1);
  const [ticker, bid, ms] = first ?? [];
  expect(document.data[0]).toMatchObject({
    ticker,
    yes_bid: (Number(bid) / 10_000).toFixed(4),
    exchange: new Date(Number(ms)).toISOString(),
    exchange_ms: ms,
  });
  const refused = await kbt(
    ["ledger", "export", "--what", "market-candles", "--run", "1", "--db", "a.sqlite"],
    { cwd },
  );
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("belong to no run");
});
