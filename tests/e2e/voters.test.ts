import { afterAll, expect, test } from "vitest";
import { kbt, rows, tempFolder } from "../support/kbt.ts";

// The voters as strategies of their own and together, on the local exchange: they trade, they refuse, and say why.

const folder = tempFolder();
afterAll(() => folder.remove());

const fileOf = (name: string): string => `${folder.path}/${name}.sqlite`;

async function run(strategy: string, args: readonly string[], name = strategy): Promise<string> {
  const db = fileOf(name);
  const all = ["paper", "--sim", "--sim-speed", "max", "--strategy", strategy, "--db", db, ...args];
  expect(await kbt(all, { cwd: folder.path })).toMatchObject({ code: 0 });
  expect(rows(db, "SELECT DISTINCT strategy FROM opportunities")).toEqual([[strategy]]);
  return db;
}

function reasonsIn(db: string): string[] {
  return rows(db, "SELECT DISTINCT reason FROM opportunities").flat().map(String);
}

/** Believed less the model's chance of the side that was bought. */
function shiftsIn(db: string): number[] {
  const sql = `SELECT (p_strategy - p_model) * CASE side WHEN 'yes' THEN 1 ELSE -1 END
    FROM opportunities WHERE decision = 'trade'`;
  return rows(db, sql).flat().map(Number);
}

const BTC = ["--series", "KXBTC15M"];
const BOTH = ["--series", "KXBTC15M,KXSOL15M"];

test.each([
  ["momentum", [...BOTH, "--windows", "4"], "candles_disagree"],
  ["orderbook-imbalance", [...BTC, "--windows", "2"], "imbalance_small"],
  [
    "funding-rate",
    [...BOTH, "--windows", "2", "--set", "strategy.funding-rate.excess_min=0.00002"],
    "funding_usual",
  ],
])(
  "%s moves the model by four points at most, trades and says what it declines for",
  async (strategy, args, silent) => {
    const db = await run(strategy, ["--sim-seed", "1", ...args]);
    expect(reasonsIn(db)).toEqual(
      expect.arrayContaining([silent, "ev_below_min", "closing_soon", "edge"]),
    );
    const shifts = shiftsIn(db);
    expect(shifts.length).toBeGreaterThan(0);
    expect(Math.min(...shifts)).toBeGreaterThan(0);
    expect(Math.max(...shifts)).toBeLessThanOrEqual(0.04 + 1e-9);
    expect(rows(db, "SELECT count(*) > 0 FROM fills")).toEqual([[1]]);
  },
  120_000,
);

test("Binance is followed for the funding rate although its collection is off", () => {
  const db = fileOf("funding-rate");
  expect(rows(db, "SELECT count(*) > 0 FROM funding_rates")).toEqual([[1]]);
  expect(reasonsIn(db)).not.toContain("funding_unknown");
  expect(rows(fileOf("momentum"), "SELECT count(*) FROM funding_rates")).toEqual([[0]]);
});

test("volatility-regime says what it sees and never trades", async () => {
  const db = await run("volatility-regime", ["--sim-seed", "1", ...BTC, "--windows", "2"]);
  const reasons = reasonsIn(db);
  expect(reasons.length).toBeGreaterThan(0);
  for (const reason of reasons) expect(reason).toMatch(/^regime_(?:low|medium|high)$/);
  expect(rows(db, "SELECT count(*) FROM order_intents")).toEqual([[0]]);
}, 120_000);

test("ensemble looks once at each up/down market and trades on votes that are confirmed", async () => {
  const settings = ["--set", "strategy.ensemble.confirmations=1"];
  const db = await run("ensemble", ["--sim-seed", "1", ...BOTH, "--windows", "4", ...settings]);
  expect(reasonsIn(db)).toEqual(
    expect.arrayContaining(["outside_window", "one_sided", "already_evaluated", "edge"]),
  );
  const looks = `SELECT count(*) FROM opportunities
    WHERE reason NOT IN ('outside_window', 'one_sided', 'already_evaluated') GROUP BY ticker`;
  expect(new Set(rows(db, looks).flat())).toEqual(new Set([1]));
  const believed = `SELECT min(p_strategy), max(p_strategy), min(tau_s), max(tau_s) FROM opportunities
    WHERE decision = 'trade'`;
  const [least, most, latest, first] = (rows(db, believed)[0] ?? []).map(Number);
  expect(least).toBeGreaterThanOrEqual(0.35);
  expect(most).toBeLessThanOrEqual(0.65);
  expect(latest).toBeGreaterThanOrEqual(870);
  expect(first).toBeLessThanOrEqual(930);
  expect(rows(db, "SELECT count(*) > 0 FROM fills")).toEqual([[1]]);
}, 120_000);

test("ensemble buys brackets whose prices imply another volatility than is predicted", async () => {
  const args = ["--series", "KXBTC", "--windows", "1", "--set", "kalshi.strikes_around=4"];
  const db = await run("ensemble", ["--sim-seed", "2", ...args], "brackets");
  expect(reasonsIn(db)).toEqual(
    expect.arrayContaining(["outside_window", "off_centre", "ev_below_min", "edge"]),
  );
  const bought = "SELECT side, ev >= 0.04, tau_s BETWEEN 870 AND 930 FROM opportunities";
  expect(rows(db, `${bought} WHERE decision = 'trade'`)).toEqual([["yes", 1, 1]]);
  expect(rows(db, "SELECT count(*) > 0 FROM fills")).toEqual([[1]]);
}, 180_000);
