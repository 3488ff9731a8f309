import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kbt, rows, tempFolder } from "../support/kbt.ts";

// The voters as strategies of their own and together, on the local exchange: they trade, they refuse, and say why.

const folder = tempFolder();
afterAll(() => folder.remove());

const fileOf = (name: string): string => `${folder.path}/${name}.sqlite`;

async function run(name: string, args: readonly string[]): Promise<string> {
  const db = fileOf(name);
  const all = ["paper", "--sim", "--sim-speed", "max", "--db", db, ...args];
  expect(await kbt(all, { cwd: folder.path })).toMatchObject({ code: 0 });
  return db;
}

function reasonsIn(db: string, strategy: string): string[] {
  const sql = `SELECT DISTINCT reason FROM opportunities WHERE strategy = '${strategy}'`;
  return rows(db, sql).flat().map(String);
}

describe("an hour of quarters of two coins, for all of them at once", () => {
  const VOTERS = ["momentum", "orderbook-imbalance", "funding-rate", "volatility-regime"];
  // None of them is kept from trading by what the others lost.
  const SETTINGS = [
    "risk.max_open_positions=100",
    "risk.max_daily_loss_pct=1",
    "strategy.funding-rate.excess_min=0.00002",
    "strategy.ensemble.confirmations=1",
  ];
  let db: string;

  beforeAll(async () => {
    db = await run("all", [
      "--sim-seed",
      "1",
      "--series",
      "KXBTC15M,KXSOL15M",
      "--windows",
      "4",
      ...[...VOTERS, "ensemble"].flatMap((name) => ["--strategy", name]),
      ...SETTINGS.flatMap((setting) => ["--set", setting]),
    ]);
    expect(rows(db, "SELECT count(DISTINCT strategy) FROM opportunities")).toEqual([[5]]);
    expect(rows(db, "SELECT count(*) > 0 FROM fills")).toEqual([[1]]);
  }, 180_000);

  test.each([
    ["momentum", "candles_disagree"],
    ["orderbook-imbalance", "imbalance_small"],
    ["funding-rate", "funding_usual"],
  ])(
    "%s moves the model by four points at most, trades and says what it declines for",
    (strategy, silent) => {
      expect(reasonsIn(db, strategy)).toEqual(
        expect.arrayContaining([silent, "ev_below_min", "closing_soon", "edge"]),
      );
      // Believed less the model's chance of the side that was bought.
      const sql = `SELECT (p_strategy - p_model) * CASE side WHEN 'yes' THEN 1 ELSE -1 END
        FROM opportunities WHERE decision = 'trade' AND strategy = '${strategy}'`;
      const shifts = rows(db, sql).flat().map(Number);
      expect(shifts.length).toBeGreaterThan(0);
      expect(Math.min(...shifts)).toBeGreaterThan(0);
      expect(Math.max(...shifts)).toBeLessThanOrEqual(0.04 + 1e-9);
    },
  );

  test("Binance is followed for the funding rate although its collection is off", () => {
    expect(rows(db, "SELECT count(*) > 0 FROM funding_rates")).toEqual([[1]]);
    expect(reasonsIn(db, "funding-rate")).not.toContain("funding_unknown");
  });

  test("volatility-regime says what it sees and never trades", () => {
    const reasons = reasonsIn(db, "volatility-regime");
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) expect(reason).toMatch(/^regime_(?:low|medium|high)$/);
    const orders = `SELECT count(*) FROM order_intents JOIN opportunities USING (opportunity_id)
      WHERE opportunities.strategy = 'volatility-regime'`;
    expect(rows(db, orders)).toEqual([[0]]);
  });

  test("ensemble looks once at each up/down market and trades on votes that are confirmed", () => {
    expect(reasonsIn(db, "ensemble")).toEqual(
      expect.arrayContaining(["outside_window", "one_sided", "already_evaluated", "edge"]),
    );
    const looks = `SELECT count(*) FROM opportunities WHERE strategy = 'ensemble'
      AND reason NOT IN ('outside_window', 'one_sided', 'already_evaluated') GROUP BY ticker`;
    expect(new Set(rows(db, looks).flat())).toEqual(new Set([1]));
    const believed = `SELECT min(p_strategy), max(p_strategy), min(tau_s), max(tau_s)
      FROM opportunities WHERE strategy = 'ensemble' AND decision = 'trade'`;
    const [least, most, latest, first] = (rows(db, believed)[0] ?? []).map(Number);
    expect(least).toBeGreaterThanOrEqual(0.35);
    expect(most).toBeLessThanOrEqual(0.65);
    expect(latest).toBeGreaterThanOrEqual(870);
    expect(first).toBeLessThanOrEqual(930);
  });
});

test("ensemble buys brackets whose prices imply another volatility than is predicted", async () => {
  const args = ["--series", "KXBTC", "--windows", "1", "--set", "kalshi.strikes_around=4"];
  const db = await run("brackets", ["--sim-seed", "2", "--strategy", "ensemble", ...args]);
  expect(reasonsIn(db, "ensemble")).toEqual(
    expect.arrayContaining(["outside_window", "off_centre", "ev_below_min", "edge"]),
  );
  const bought = "SELECT side, ev >= 0.04, tau_s BETWEEN 870 AND 930 FROM opportunities";
  expect(rows(db, `${bought} WHERE decision = 'trade'`)).toEqual([["yes", 1, 1]]);
  expect(rows(db, "SELECT count(*) > 0 FROM fills")).toEqual([[1]]);
}, 180_000);
