import { expect, test } from "vitest";
import { statusPicture } from "../../../src/app/status-picture.ts";
import { type StatusFacts, statusReport } from "../../../src/app/status-report.ts";
import { alignColumns } from "../../../src/cli/render/table.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import { LossBook } from "../../../src/core/risk/loss-book.ts";
import { ModelBook } from "../../../src/core/risk/model-book.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { anOpportunity, anOrder, T0 } from "../../integration/sqlite/support.ts";

const NOW = T0 + 60_000;
const LEG = { atMs: NOW - 9_000, side: "yes", ticker: "KXBTC15M-26NOV021500-00" } as const;

function ticker(nr: number): string {
  return `KXBTCD-26NOV0215-T${110_000 + nr * 250}.99`;
}

function facts(overrides: Partial<StatusFacts> = {}): StatusFacts {
  const most = money(1e9);
  const rules = { maxDay: most, maxRolling: most, maxDrawdown: most, streak: 3, cooldownMs: 1 };
  const losses = new LossBook(rules);
  const loss = {
    ...LEG,
    action: "sell",
    qty: qty(0),
    pnl: money(-2_500_000),
    isFinal: true,
  } as const;
  losses.take(loss);
  return {
    environment: "demo",
    mode: "live",
    runId: 7,
    nowMs: NOW,
    wallMs: NOW,
    processes: [
      { runId: 7, mode: "live", pid: 4711, state: "running", beatMs: NOW - 300 },
      { runId: 6, mode: "collect", pid: 4700, state: "silent", beatMs: NOW - 30_000 },
    ],
    feeds: [
      { feed: "kalshi", newestMs: NOW - 200 },
      { feed: "coinbase", newestMs: NOW - 12_300 },
    ],
    killFile: null,
    latches: [],
    open: [{ ...anOrder(1), filledQty: qty(0), state: "resting" }],
    positions: [{ ticker: ticker(0), qty: qty(-1_000), cost: money(6_760_000) }],
    legs: [loss, { ...loss, pnl: money(4_000_000) }],
    trades: Array.from({ length: 20 }, () => {
      return { ...loss, price: price(5_000), status: "filled", strategy: "s" };
    }),
    evaluations: Array.from({ length: 30 }, (_, nr) =>
      anOpportunity({ runId: 7 }, nr, { ticker: ticker(nr), atMs: NOW - 500, tauS: 300 }),
    ),
    used: {
      config: DEFAULTS,
      nowMs: NOW,
      atRisk: [
        { ticker: ticker(0), worst: 6_760_000 },
        { ticker: ticker(1), worst: 1_000_000 },
      ],
      openPositions: 1,
      openOrders: 1,
      losses,
      live: { entries: [], lastMinute: 2, model: new ModelBook(0.02), machine: null },
    },
    ...overrides,
  };
}

const drawn = (given: StatusFacts, columns: number, rows: number) =>
  statusPicture(statusReport(given), { columns, rows }, alignColumns).map(({ text }) => text);

test.each([
  [80, 24],
  [80, 12],
  [132, 50],
])("%i columns and %i rows are filled and not left", (columns, rows) => {
  const lines = drawn(facts(), columns, rows);
  expect(lines.length).toBeLessThanOrEqual(rows);
  for (const line of lines.slice(0, -1)) expect(line.length).toBeLessThanOrEqual(columns);
  const text = lines.join("\n");
  for (const part of [
    "LIVE on demo  2026-11-02T19:01:00Z  next close 5m00s",
    "run 7 pid 4711, beside it collect 6 silent",
    "nothing is latched",
    "kalshi 0.2s  coinbase 12.3s STALE",
    "P&L today $1.50  all $1.50",
    "open ",
    "last trades",
    "one market $6.76/$20.00",
  ])
    expect(text).toContain(part);
});

test("what stands against trading is on top, with its cause", () => {
  const latch = { kind: "drawdown", value: 100, limitValue: 100, reason: "$100.00 of $100.00" };
  const latches = [{ ...latch, mode: "live", atMs: NOW }];
  const lines = drawn(facts({ latches, killFile: "x.KILL" }), 80, 24);
  expect(lines[2]).toBe("LATCHED: kill file; live drawdown ($100.00 of $100.00)");
});

test("with nothing on file there is still a picture", () => {
  const nothing = { runId: null, processes: [], feeds: [], open: [], positions: [], legs: [] };
  const lines = drawn(facts({ ...nothing, trades: [], evaluations: [] }), 80, 24);
  expect(lines.slice(1, 5)).toEqual([
    "nothing runs  Ctrl-C ends",
    "nothing is latched",
    "no feed has delivered",
    "P&L today $0.00  all $0.00  ▁",
  ]);
});

test("every limit says how much of it is used, money as a decimal string", () => {
  const { limits } = statusReport(facts());
  const of = (key: string) => limits.find((use) => use.key === key);
  expect(of("risk.max_position_pct")).toMatchObject({ used: "6.76", limit: "20.00" });
  expect(of("live.max_event_pct")).toMatchObject({ used: "7.76", limit: "20.00" });
  expect(of("live.max_total_pct")).toMatchObject({ used: "7.76", limit: "50.00" });
  expect(of("live.max_rolling_loss_pct")).toMatchObject({ used: "2.50", limit: "30.00" });
  expect(of("live.loss_streak")).toMatchObject({ used: 1, limit: 3, unit: "count" });
  expect(of("live.max_order_contracts")).toMatchObject({ used: null, limit: 25 });
  const keys = Object.keys(DEFAULTS.live).map((key) => `live.${key}`);
  expect(limits.map(({ key }) => key)).toEqual(expect.arrayContaining(keys));
});
