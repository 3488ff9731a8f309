import { afterAll, expect, test } from "vitest";
import { kbt, rows, tempFolder } from "../support/kbt.ts";

// Strategies that sell again, for a while of the local exchange: they buy, refuse for named reasons, and leave.

const folder = tempFolder();
afterAll(() => folder.remove());

const RUN = ["paper", "--sim", "--sim-seed", "1", "--sim-speed", "max"];

const reasonsIn = (db: string): string[] =>
  rows(db, "SELECT DISTINCT reason FROM opportunities").flat().map(String);

test("farthest-band buys each quarter of an hour, is stopped out, goes farther and says why it waits", async () => {
  const db = `${folder.path}/farthest.sqlite`;
  // Nobody names a series: it knows which ones it is for.
  const args = [...RUN, "--windows", "1", "--strategy", "farthest-band", "--db", db];
  const ran = await kbt([...args, "--set", "risk.max_open_positions=5"], { cwd: folder.path });
  expect(ran.code).toBe(0);
  expect(rows(db, "SELECT DISTINCT substr(ticker, 1, 7) FROM opportunities")).toEqual([
    ["KXBTCD-"],
  ]);
  expect(reasonsIn(db)).toEqual(
    expect.arrayContaining([
      "edge",
      "not_due",
      "too_near",
      "wrong_direction",
      "closing_soon",
      "stop_loss",
    ]),
  );
  // At most one purchase in a quarter of an hour of each event, but for the one after a stop.
  const bought = rows(
    db,
    `SELECT count(*) FROM fills JOIN order_intents USING (order_id) WHERE fills.action = 'buy'
     GROUP BY substr(fills.ticker, 1, 17), at_ms / 900000`,
  ).flat() as number[];
  expect(Math.max(...bought)).toBeLessThanOrEqual(2);
  const strike = "CAST(substr(ticker, instr(ticker, '-T') + 2) AS REAL)";
  const [[sold, soldAt]] = rows(
    db,
    `SELECT ${strike}, at_ms FROM fills WHERE action = 'sell' ORDER BY at_ms LIMIT 1`,
  ) as [[number, number]];
  const [[next]] = rows(
    db,
    `SELECT ${strike} FROM fills WHERE action = 'buy' AND at_ms >= ${soldAt} ORDER BY at_ms LIMIT 1`,
  ) as [[number]];
  expect(next).toBeLessThan(sold);
  expect(rows(db, "SELECT kind FROM risk_events ORDER BY risk_event_id").flat()).toEqual(
    expect.arrayContaining(["exit_committed", "exit_flat"]),
  );
  // Prices inside the band, one step above at most, and within five dollars.
  const dear = `SELECT count(*) FROM order_intents WHERE action = 'buy'
    AND (price_cc NOT BETWEEN 9500 AND 9899 OR price_cc * qty_cq > 5000000 OR qty_cq % 100 <> 0)`;
  expect(rows(db, dear)).toEqual([[0]]);
  const exit = rows(
    db,
    "SELECT opportunity_id FROM opportunities WHERE reason = 'stop_loss'",
  )[0]?.[0];
  const told = await kbt(["why", String(exit), "--db", db], { cwd: folder.path });
  expect(told.stdout).toContain("exit, because of stop_loss");
}, 240_000);

test("threshold-ev as a maker waits, withdraws, is filled without a spread, and sells what the market overpays", async () => {
  const db = `${folder.path}/maker.sqlite`;
  const args = [...RUN, "--series", "KXBTC15M", "--windows", "2", "--db", db];
  const how = ["strategy.threshold-ev.entry=maker", "strategy.threshold-ev.exit=model"];
  const ran = await kbt([...args, ...how.flatMap((set) => ["--set", set])], { cwd: folder.path });
  expect(ran.code).toBe(0);
  expect(reasonsIn(db)).toEqual(
    expect.arrayContaining([
      "edge",
      "quote_resting",
      "quote_overtaken",
      "ev_below_min",
      "model_exit",
    ]),
  );
  const counts = rows(
    db,
    `SELECT sum(is_taker = 0 AND action = 'buy') > 0, sum(is_taker = 1 AND action = 'buy'),
       sum(is_taker = 1 AND action = 'sell') > 0 FROM fills`,
  );
  expect(counts).toEqual([[1, 0, 1]]);
  // On this series a resting order pays no fee.
  expect(rows(db, "SELECT sum(fee_ud) FROM fills WHERE is_taker = 0")).toEqual([[0]]);
  // Every order has ended, and none rests when the run is over.
  const open = `SELECT count(*) FROM orders WHERE state IN ('pending', 'resting')`;
  expect(rows(db, open)).toEqual([[0]]);
}, 240_000);

test("a stop of the user's choice sells what threshold-ev would keep, and why tells it", async () => {
  const db = `${folder.path}/stop.sqlite`;
  const args = [...RUN, "--windows", "2", "--set", "exits.rule=stop25", "--db", db];
  const ran = await kbt(args, { cwd: folder.path });
  expect(ran.code).toBe(0);
  const stops = rows(
    db,
    "SELECT opportunity_id FROM opportunities WHERE decision = 'trade' AND reason = 'stop_loss'",
  ).flat();
  expect(stops.length).toBeGreaterThan(0);
  // Each is one market, sold once and not bought again, a quarter or more below what it cost.
  const sold = rows(
    db,
    `SELECT ticker, sum(price_cc * qty_cq) FILTER (WHERE action = 'sell') * 1.0
         / sum(price_cc * qty_cq) FILTER (WHERE action = 'buy'),
       max(at_ms) FILTER (WHERE action = 'buy') < min(at_ms) FILTER (WHERE action = 'sell')
     FROM fills GROUP BY ticker HAVING sum(action = 'sell') > 0`,
  );
  expect(sold).toHaveLength(stops.length);
  for (const [, kept, isOnce] of sold) {
    // What is paid between the look and the fill may be a few cents better than the stop.
    expect(kept).toBeLessThan(0.85);
    expect(isOnce).toBe(1);
  }
  expect(reasonsIn(db)).toContain("exit_reentry");
  const rule = "SELECT json_extract(config_json, '$.exits.rule') FROM runs";
  expect(rows(db, rule)).toEqual([["stop25"]]);
  const told = await kbt(["why", String(stops[0]), "--db", db], { cwd: folder.path });
  expect(told.stdout).toContain("exit, because of stop_loss");
  expect(told.stdout).toMatch(/judged {6}selling (yes|no) rather than keeping it/);
}, 240_000);

test("a maker that waits does not keep --once from ending", async () => {
  const set = [
    "--set",
    "strategy.threshold-ev.entry=maker",
    "--set",
    "strategy.threshold-ev.ev_min=0",
  ];
  const ran = await kbt([...RUN, "--once", ...set, "--json"], { cwd: folder.path });
  expect(ran.code).toBe(0);
}, 60_000);
