import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rows as queried } from "../../support/kbt.ts";
import { kbtHere } from "../../support/shell.ts";
import { entry, exit, TradingStory } from "../../support/trading-story.ts";

// Entries and exits through the engine and the recorder, told by `why` and added up by `ledger`.

const SOLD = "KXBTC15M-SOLD";
const STUCK = "KXBTC15M-STUCK";
const KEPT = "KXBTC15M-KEPT";
const ADDED = "KXBTC15M-ADDED";
const HALF = "KXBTC15M-HALF";

let folder: string;
let db: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kbt-exits-"));
  db = join(folder, "kbt.sqlite");
  const story = new TradingStory(db, ["patient", "hasty"]);
  for (const ticker of [SOLD, STUCK, KEPT, ADDED]) {
    story.list(ticker);
    story.quote(ticker, 59, 40);
  }
  story.wish("patient", SOLD, entry("patient", "yes", 10));
  story.wish("hasty", STUCK, entry("hasty", "no", 10));
  story.wish("patient", KEPT, entry("patient", "yes", 10));
  story.wish("hasty", ADDED, entry("hasty", "yes", 10));
  story.wait();
  // The other 10 come cheaper.
  story.quote(ADDED, 49, 50);
  story.wish("hasty", ADDED, entry("hasty", "yes", 10, true));
  story.wait();
  // Four contracts are wanted at 70 cents, then plenty at 65: the exit takes two orders.
  story.quote(SOLD, 70, 25, 4);
  story.wish("patient", SOLD, exit("take_profit"));
  story.wait();
  story.quote(SOLD, 65, 30);
  // Three of ten NO find a buyer, in the one order that may be sent.
  story.quote(STUCK, 75, 20, 3);
  story.wish("hasty", STUCK, exit("stop_loss", 1));
  story.wait();
  story.quote(ADDED, 55, 40);
  story.wish("hasty", ADDED, exit("model_exit"));
  story.wait(2);
  for (const ticker of [SOLD, STUCK, KEPT]) story.settle(ticker, "yes");
  await story.end();

  const second = new TradingStory(db, ["hasty"]);
  second.list(HALF);
  second.quote(HALF, 59, 40);
  second.wish("hasty", HALF, entry("hasty", "yes", 10));
  second.wait();
  second.quote(HALF, 69, 30, 4);
  second.wish("hasty", HALF, exit("stop_loss", 1));
  second.wait(2);
  await second.end();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** Evaluations that a strategy traded on in a market, in order. */
function tradesIn(ticker: string): number[] {
  const sql = `SELECT opportunity_id FROM opportunities WHERE ticker = '${ticker}' AND decision = 'trade'`;
  return queried(db, sql).map(([id]) => Number(id));
}

async function ask(...words: readonly string[]) {
  const { code, stderr, stdout } = await kbtHere([...words, "--db", db, "--json"], folder);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout).data;
}

/** Dollars of all that a market's fills and its result moved, as plain SQL has it. */
function cashOf(ticker: string): number {
  const sql = `SELECT sum(CASE action WHEN 'sell' THEN 1 ELSE -1 END * price_cc * qty_cq - fee_ud) +
    coalesce((SELECT sum(-cost_ud) FROM trade_ledger l WHERE l.ticker = f.ticker AND action = 'settle'), 0)
    FROM fills f WHERE ticker = '${ticker}'`;
  return Number(queried(db, sql)[0]?.[0]) / 1e6;
}

describe("why ID", () => {
  test("an exit is told with all its orders, what it ended as and what it brought", async () => {
    const [entered, left] = tradesIn(SOLD);
    const exitText = await kbtHere(["why", String(left), "--db", db], folder);
    expect(exitText.stdout).toContain("strategy    YES 40.00%, its own, by which it decided");
    expect(exitText.stdout).toContain("decision    exit, because of take_profit");
    expect(exitText.stdout).toMatch(/sell 10\.00 yes at \$0\.7000 or better, attempt 1 of 2\n/);
    expect(exitText.stdout).toMatch(/filled 4\.00 at \$0\.7000/);
    expect(exitText.stdout).toMatch(/sell 6\.00 yes at \$0\.\d+ or better, attempt 2 of 2\n/);
    expect(exitText.stdout).toMatch(/filled 6\.00 at \$0\.6500/);
    expect(exitText.stdout).toMatch(
      /exit {8}flat at 2026-11-02T19:.*: take_profit after 2 orders\n/,
    );
    expect(exitText.stdout).toMatch(/P&L {9}\$0\.\d\d, realised by the sale\n/);
    const sold = await ask("why", String(left));
    expect(sold.exit).toMatchObject({ reason: "take_profit", state: "flat", orders: 2 });
    const bought = await ask("why", String(entered));
    expect(bought).toMatchObject({
      exit: null,
      own_probability: 0.65,
      pnl_how: "sold before the settlement",
    });
    // All that was bought was sold: both tell of the same money, whatever the market settled at.
    expect(Number(bought.pnl_usd)).toBeCloseTo(cashOf(SOLD), 2);
    expect(sold.pnl_usd).toBe(bought.pnl_usd);
  });

  test("a stranded exit says what is left, and the entry what became of both parts", async () => {
    const [entered, left] = tradesIn(STUCK);
    const told = await ask("why", String(left));
    expect(told.exit).toMatchObject({ state: "stranded", orders: 1 });
    expect(told.exit.text).toMatch(/, 7 contracts left: attempts_used_up after 1 orders$/);
    const bought = await ask("why", String(entered));
    expect(bought.pnl_how).toBe(
      "3 of 10 contracts sold before the settlement, the rest held to it",
    );
    expect(Number(bought.pnl_usd)).toBeCloseTo(cashOf(STUCK), 2);
  });

  test("a position that was only held is told as before", async () => {
    const [entered] = tradesIn(KEPT);
    const bought = await ask("why", String(entered));
    expect(bought).toMatchObject({ pnl_how: "held to the settlement", exit: null });
    expect(Number(bought.pnl_usd)).toBeCloseTo(cashOf(KEPT), 2);
  });

  test("two entries of one position share what its sale brought", async () => {
    const [first, second] = tradesIn(ADDED);
    const [dear, cheap] = [await ask("why", String(first)), await ask("why", String(second))];
    expect(dear.pnl_how).toBe("sold before the settlement");
    // Bought at 60 and at 50 cents, sold at 55.
    expect(Number(dear.pnl_usd)).toBeLessThan(0);
    expect(Number(cheap.pnl_usd)).toBeGreaterThan(0);
    expect(Number(dear.pnl_usd) + Number(cheap.pnl_usd)).toBeCloseTo(cashOf(ADDED), 1);
  });

  test("what is sold in part and still open is told so far", async () => {
    const [entered] = tradesIn(HALF);
    expect(await ask("why", String(entered))).toMatchObject({
      pnl_how: "4 of 10 contracts sold, the rest still open",
    });
  });

  test.each([
    ["7", "UNKNOWN_DECISION"],
    ["9007199254740991", "UNKNOWN_DECISION"],
    ["9007199254740993", "USAGE"],
    ["123456789012345678901234567890", "USAGE"],
    ["1e10", "USAGE"],
    ["0", "USAGE"],
    ["take_profit", "USAGE"],
    ["", "USAGE"],
  ])("%j is refused in one line", async (id, name) => {
    const { code, stderr, stdout } = await kbtHere(["why", id, "--db", db], folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`error[${name}]`);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("the funnel", () => {
  test("counts exits apart from the entries that got past the gates", async () => {
    const { exits, funnel } = await ask("why");
    const line = (step: string) =>
      funnel.find((one: { readonly step: string }) => one.step === step)?.evaluations;
    expect(line("limits")).toBe(6);
    expect([line("order"), line("fill")]).toEqual([6, 6]);
    expect(exits).toMatchObject([
      { step: "exit", evaluations: 4, markets: 4, windows: 1 },
      { step: "order", evaluations: 5 },
      { step: "fill", evaluations: 5 },
    ]);
    expect(line("seen") + 4).toBe(queried(db, "SELECT count(*) FROM opportunities")[0]?.[0]);
    const { stdout } = await kbtHere(["why", "--db", db], folder);
    expect(stdout).toContain(
      "besides, exits: 4 begun in 4 markets; 5 orders to sell, 5 of them filled\n",
    );
  });

  test("has no line for exits where there were none", async () => {
    const { stdout } = await kbtHere(["why", "--db", db, "--strategy", "threshold-ev"], folder);
    expect(stdout).not.toContain("exits");
  });
});

describe("ledger", () => {
  test("pnl by strategy is what its fills and settlements moved, a position counted once", async () => {
    const lines = await ask("ledger", "pnl", "--by", "strategy");
    expect(lines).toMatchObject([
      // Stuck, added to and sold, and of the other run the part that was sold.
      { mode: "paper", key: "hasty", closed: 3 },
      { mode: "paper", key: "patient", closed: 2, wins: 2, losses: 0 },
    ]);
    const [hasty, patient] = lines.map(({ pnl }: { readonly pnl: string }) => Number(pnl));
    expect(patient).toBeCloseTo(cashOf(SOLD) + cashOf(KEPT), 6);
    // Six of ten are still held at what they cost.
    const [[cost]] = queried(
      db,
      `SELECT 0.6 * (price_cc * qty_cq + fee_ud) / 1e6 FROM fills WHERE ticker = '${HALF}' AND action = 'buy'`,
    ) as [[number]];
    expect(hasty).toBeCloseTo(cashOf(STUCK) + cashOf(ADDED) + cashOf(HALF) + cost, 6);
    const series = await ask("ledger", "pnl", "--by", "series");
    expect(series).toMatchObject([{ key: "KXBTC15M", closed: 5 }]);
    expect(Number(series[0].pnl)).toBeCloseTo(hasty + patient, 6);
  });

  test("why and the ledger tell of the same profit", async () => {
    const ids = [SOLD, STUCK, KEPT, ADDED, HALF].flatMap(tradesIn);
    let told = 0;
    for (const id of ids) {
      const { exit: sale, pnl_usd: pnl } = await ask("why", String(id));
      if (sale === null) told += Number(pnl);
    }
    const [[booked]] = queried(db, "SELECT sum(pnl_ud) / 1e6 FROM trade_ledger") as [[number]];
    // Cents are rounded six times.
    expect(Math.abs(told - booked)).toBeLessThan(0.03);
  });

  test("positions show what an exit left, as the engine saw it", async () => {
    const open = await ask("ledger", "positions");
    expect(open).toMatchObject([{ ticker: HALF, qty: "6.00", strategy: "hasty", run_id: 2 }]);
    const newest = `SELECT qty_cq, cost_ud FROM positions_snapshots WHERE ticker = '${HALF}'
      ORDER BY position_id DESC LIMIT 1`;
    const [[count, cost]] = queried(db, newest) as [[number, number]];
    expect([count, cost / 1e6]).toEqual([600, Number(open[0].cost)]);
    const [[realised]] = queried(
      db,
      `SELECT sum(pnl_ud) / 1e6 FROM trade_ledger WHERE ticker = '${HALF}'`,
    ) as [[number]];
    expect(Number(open[0].realized)).toBe(realised);
  });

  test("a time after the purchase does not make a sale look like a position of the other side", async () => {
    const [[soldMs]] = queried(db, `SELECT max(at_ms) FROM fills WHERE ticker = '${HALF}'`) as [
      [number],
    ];
    const late = await ask("ledger", "positions", "--since", isoOf(soldMs));
    expect(late).toMatchObject([{ ticker: HALF, qty: "6.00" }]);
    expect(await ask("ledger", "positions", "--since", isoOf(soldMs + 1))).toEqual([]);
    // Before the sale it was all of it.
    const early = await ask("ledger", "positions", "--until", isoOf(soldMs - 1));
    const half = early.find(({ ticker }: { readonly ticker: string }) => ticker === HALF);
    expect(half).toMatchObject({ qty: "10.00" });
  });
});
