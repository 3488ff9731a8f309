import { describe, expect, test } from "vitest";
import type { Line, Room } from "../../../src/app/context.ts";
import { previewPicture } from "../../../src/app/preview-picture.ts";
import { type PreviewFacts, previewData } from "../../../src/app/preview-report.ts";
import { shortened } from "../../../src/app/preview-spot.ts";
import { countdown, shortCount } from "../../../src/app/preview-units.ts";
import { alignColumns } from "../../../src/cli/render/table.ts";
import type { Candidate } from "../../../src/core/candidate.ts";
import type { Market } from "../../../src/core/market.ts";
import type { Opportunity, OrderRecord } from "../../../src/core/records.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aMarket } from "../../support/builders.ts";

const NOW = Date.UTC(2026, 10, 2, 14, 3, 30);
const CLOSE = NOW + 690_000;
const ENTRY = {
  ev_min: 0.03,
  spread_max_ticks: 6,
  tau_max_minutes: 60,
  no_new_entries_last_seconds: 120,
  max_depth_share: 0.5,
};

const market = (parts: Partial<Market> = {}): Market =>
  aMarket({ openMs: CLOSE - 900_000, closeMs: CLOSE, floorUsd: 104_079, ...parts });

let rowCount = 0;
function row(parts: Partial<Opportunity> = {}): Opportunity {
  return {
    opportunityId: ++rowCount,
    strategy: "threshold-ev",
    ticker: market().ticker,
    atMs: NOW,
    tauS: 690,
    spotUsd: 104_009,
    sigma: 5e-5,
    pModel: 0.42,
    pLow: 0.4,
    pHigh: 0.44,
    pMarket: 0.41,
    pStrategy: null,
    side: "yes",
    yesBid: price(4_000),
    yesAsk: price(4_200),
    yesBidQty: qty(123_456),
    yesAskQty: qty(9_900),
    cost: money(430_000),
    ev: -0.01,
    decision: "no_trade",
    reason: "ev_below_min",
    failed: "ev_below_min,vol_guess",
    model: "0123456789ab",
    basisMean: 0,
    basisSd: 1e-4,
    knownCount: 0,
    knownSumUsd: null,
    knownSource: null,
    referenceCount: null,
    referenceSumUsd: null,
    referenceSource: null,
    spotAgeMs: 200,
    bookAgeMs: 1_300,
    ...parts,
  };
}

const orderOf = ({ opportunityId, strategy, ticker }: Opportunity): OrderRecord => ({
  orderId: "r1-1",
  clientOrderId: "c1",
  strategy,
  opportunityId,
  ticker,
  side: "yes",
  action: "buy",
  price: price(4_300),
  qty: qty(1_000),
  state: "pending",
  createdMs: NOW,
});

function facts(parts: Partial<PreviewFacts> = {}): PreviewFacts {
  const candles = Array.from({ length: 60 }, (_, at) => ({
    type: "candle" as const,
    source: "coinbase",
    product: "BTC-USD",
    openMs: NOW - (NOW % 60_000) - (60 - at) * 60_000,
    intervalS: 60,
    openUsd: 104_000 + at,
    highUsd: 104_010 + at,
    lowUsd: 103_990 + at,
    closeUsd: 104_000 + at,
    volume: 1,
    recvMs: NOW,
  }));
  const spot = { type: "spot", source: "coinbase", product: "BTC-USD", kind: "quote" } as const;
  const quote = { priceUsd: 104_009.5, bidUsd: 104_009.49, askUsd: 104_009.51 };
  const stamps = { size: null, tradeId: null, exchangeMs: null, recvMs: NOW };
  return {
    environment: "local exchange (edge, seed 1)",
    nowMs: NOW,
    strategies: ["threshold-ev"],
    markets: [market()],
    spots: [{ ...spot, ...quote, ...stamps }],
    candles,
    rows: [row()],
    planned: [],
    candidates: [],
    warnings: [],
    hitRate: () => null,
    limits: () => ENTRY,
    maxPosition: money(20_000_000),
    staleMs: 10_000,
    newYorkTime: () => "09:15 EST",
    ...parts,
  };
}

const trade = (parts: Partial<Opportunity> = {}): Opportunity =>
  row({ decision: "trade", reason: "edge", failed: "", ev: 0.041, ...parts });

/** An event of so many strikes, a hundred dollars apart, each asked by each strategy. */
function ladder(strikes: number, strategies: readonly string[]): Partial<PreviewFacts> {
  const markets = Array.from({ length: strikes }, (_, at) =>
    market({
      ticker: `KXBTCD-26NOV0210-T${99_999.99 + 100 * at}`,
      eventTicker: "KXBTCD-26NOV0210",
      seriesTicker: "KXBTCD",
      strikeType: "greater",
      floorUsd: 99_999.99 + 100 * at,
    }),
  );
  const rows = markets.flatMap(({ ticker }, at) =>
    strategies.map((strategy) => row({ ticker, strategy, pModel: 1 - (at + 0.5) / strikes })),
  );
  return { markets, rows, strategies };
}

function drawn(parts: Partial<PreviewFacts>, room: Partial<Room> = {}, foot: string[] = []) {
  const all = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY, ...room };
  const lines = previewPicture(previewData(facts(parts)), all, { columns: alignColumns, foot });
  return lines.map(({ text }: Line) => text);
}

const SCREEN = { columns: 80, rows: 24 };

describe("the document", () => {
  test("holds touch, spread, sizes and every gate that is shut", () => {
    const { markets, nearest } = previewData(facts());
    expect(markets[0]).toMatchObject({
      yes_bid: "0.4000",
      yes_ask: "0.4200",
      yes_bid_qty: "1234.56",
      yes_ask_qty: "99.00",
      spread: "0.0200",
      spread_ticks: 2,
      seconds_to_close: 690,
      failed: ["ev_below_min", "vol_guess"],
    });
    expect(nearest).toEqual(markets);
  });

  test("a book with one side, or crossed, has no spread", () => {
    const rows = [row({ yesAsk: null, yesAskQty: null }), row({ yesBid: price(4_300) })];
    for (const { spread } of previewData(facts({ rows })).markets) expect(spread).toBeNull();
  });

  test("an order comes with all it came through, and what it can cost", () => {
    const wanted = trade();
    const planned = [{ order: orderOf(wanted), worstCost: money(4_471_600) }];
    const [order] = previewData(facts({ rows: [wanted], planned })).planned_orders;
    expect(order).toMatchObject({ limit: "0.4300", qty: "10.00", worst_cost: "4.471600" });
    expect(order?.gates.map(({ gate, limit, value }) => [gate, value, limit])).toEqual([
      ["data", "1.3 s", "max 10 s"],
      ["strike", ">= 104079", null],
      ["time", "11m30s", "2m00s-60m00s"],
      ["spread", "2t", "max 6t"],
      ["ev", "4.1c", "min 3.0c, a gain at sigma +-15% too"],
      ["depth", "99", "max 50% of it"],
      ["size", "10", null],
      ["strategy", null, null],
      ["limits", "$4.48", "max $20.00"],
    ]);
  });

  test("strikes are in order of their price, not of their ticker", () => {
    const { markets } = previewData(facts(ladder(3, ["threshold-ev"])));
    expect(markets.map(({ strike }) => strike)).toEqual([
      "> 99999.99",
      "> 100099.99",
      "> 100199.99",
    ]);
  });

  test("spot is that of now, its range includes it, and the line ends with it", () => {
    const [spot] = previewData(facts()).spot;
    expect(spot).toMatchObject({
      price_usd: "104009.5",
      hour_low_usd: "103991",
      hour_high_usd: "104069",
    });
    expect(spot?.line).toMatch(/^▁.*█▂$/);
  });

  test("while looks fail time goes on, and it says since when", () => {
    const trouble = { since: "2026-11-02T14:03:30.000Z", since_ms: NOW, message: "no answer" };
    const report = previewData(facts(), NOW + 12_000, trouble);
    expect(report).toMatchObject({ now_ms: NOW + 12_000, looked_ms: NOW, trouble });
    expect(report.markets[0]?.seconds_to_close).toBe(678);
    const lines = previewPicture(report, SCREEN, { columns: alignColumns, foot: [] });
    expect(lines.slice(1, 3).map(({ text }) => text)).toEqual([
      "no new look since 14:03:30Z, below is what was seen then:",
      "  no answer",
    ]);
  });
});

describe("the picture", () => {
  test("of one market", () => {
    expect(drawn({}).join("\n")).toBe(`local exchange (edge, seed 1) at 2026-11-02T14:03:30Z
BTC-USD 104009.5  hour 103991 to 104069
▁▁▁▁▁▁▁▁▂▂▂▂▂▂▂▃▃▃▃▃▃▃▄▄▄▄▄▄▄▅▅▅▅▅▅▅▅▆▆▆▆▆▆▆▇▇▇▇▇▇▇████████▂

KXBTC15M-26NOV021415 closes at 09:15 EST, in 11m30s
strike     bid  ask  spread    depth  market  model  from-to  buy     EV  held by
>= 104079  40c  42c      2t  1.2k/99   41.0%  42.0%   40-44%  yes  -1.0c  ev

threshold-ev: nothing qualifies; nearest:
  yes KXBTC15M-26NOV021415-15  EV -1.0c  shut: ev_below_min, vol_guess`);
  });

  test("says for each strategy what it would do", () => {
    const wanted = trade();
    const other = row({
      strategy: "kelly-vol",
      side: null,
      ev: null,
      failed: "warming,risk.in_market",
    });
    const text = drawn(
      {
        strategies: ["threshold-ev", "kelly-vol"],
        rows: [wanted, other],
        planned: [{ order: orderOf(wanted), worstCost: money(4_471_600) }],
      },
      SCREEN,
    ).join("\n");
    expect(text).toContain("threshold-ev:\n>= 104079");
    expect(text).toContain("kelly-vol:\n>= 104079");
    expect(text).toContain(
      "threshold-ev would buy 10 yes of KXBTC15M-26NOV021415-15 at 43c or better\n  all gates open: data 1.3 s (max 10 s), strike >= 104079,\n    time 11m30s",
    );
    expect(text).toContain("kelly-vol: nothing could be judged; shut: warming, risk.in_market");
  });

  test.each([
    ["one market", 24, 80, {}],
    ["188 strikes", 24, 80, ladder(188, ["threshold-ev"])],
    ["188 strikes and two strategies", 24, 80, ladder(188, ["threshold-ev", "kelly-vol"])],
    ["188 strikes on a tall screen", 200, 120, ladder(188, ["threshold-ev", "kelly-vol"])],
    ["eight rows", 8, 80, ladder(188, ["threshold-ev", "kelly-vol"])],
    ["one row", 1, 20, ladder(5, ["threshold-ev"])],
    ["no market", 24, 80, { markets: [], rows: [] }],
  ])("%s: never more than the %d rows there are", (_, rows, columns, parts) => {
    const lines = drawn(parts, { rows, columns }, ["warning: w1", "w2", "w3", "w4", "w5"]);
    expect(lines.length).toBeLessThanOrEqual(rows);
  });

  test("an hourly event at 80 x 24: spot, countdown, the strikes around the centre and the plan", () => {
    const lines = drawn(ladder(188, ["threshold-ev", "kelly-vol"]), SCREEN, ["warning: w"]);
    const text = lines.join("\n");
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(text).toMatch(/^local exchange .*Ctrl-C ends\nBTC-USD 104009.5 {2}hour .* [▁-█]+\n/);
    expect(text).toContain("in 11m30s");
    // Even chances are in the middle of the ladder.
    expect(text).toContain("> 109399.99");
    expect(text).toMatch(/… 18\d strikes further out/);
    expect(text.match(/shut: /g)).toHaveLength(6);
    expect(lines.at(-1)).toBe("warning: w");
  });

  test("however much room there is, an event does not drown the rest", () => {
    const lines = drawn(ladder(188, ["threshold-ev"]));
    expect(lines).toContain("… 167 strikes further out (--json has all)");
    expect(lines.filter((line) => /^> \d/.test(line))).toHaveLength(21);
  });

  test("a market that would be traded is shown wherever it is", () => {
    const { markets = [], ...others } = ladder(188, ["threshold-ev"]);
    const rows = markets.map(({ ticker }, at) =>
      at === 2 ? trade({ ticker, pModel: 0.99 }) : row({ ticker, pModel: 1 - (at + 0.5) / 188 }),
    );
    const lines = drawn({ ...others, markets, rows }, SCREEN);
    expect(lines.find((line) => line.startsWith("> 100199.99"))).toMatch(/4\.1c {2}TRADE$/);
  });

  test("an event for which there is no room keeps its countdown", () => {
    const later = market({ ticker: "KXSOL15M-B", eventTicker: "KXSOL15M-LATER" });
    const parts = { markets: [market(), later], rows: [row(), row({ ticker: "KXSOL15M-B" })] };
    const lines = drawn(parts, { rows: 13, columns: 80 });
    expect(lines).toContain("… no room: KXSOL15M-LATER closes at 09:15 EST, in 11m30s");
  });
});

test.each([
  [0, "0m00s"],
  [-5, "0m00s"],
  [59.6, "1m00s"],
  [690, "11m30s"],
  [6_000, "1h40m"],
])("%d s left is %s", (seconds, text) => {
  expect(countdown(seconds)).toBe(text);
});

test.each([
  [0, "0"],
  [0.5, "0.50"],
  [99.9, "99"],
  [999, "999"],
  [1_049, "1k"],
  [1_299, "1.2k"],
  [45_678, "45k"],
  [3_400_000, "3.4m"],
])("a size of %d is %s, never more than is there", (count, text) => {
  expect(shortCount(count)).toBe(text);
});

test("a shorter line of blocks keeps its end", () => {
  expect(shortened("abcdef", 3)).toBe("bdf");
  expect(shortened("abc", 10)).toBe("abc");
});

const candidate = (parts: Partial<Candidate> = {}): Candidate => ({
  strategy: "farthest-band",
  market: market({ ticker: "KXBTCD-A-T1", eventTicker: "KXBTCD-A", strikeType: "greater" }),
  side: "yes",
  ask: price(9_700),
  cost: money(972_100),
  ev: -0.004,
  why: null,
  ...parts,
});
const report = (parts: Partial<PreviewFacts>) =>
  previewData(
    facts({
      strategies: ["farthest-band"],
      rows: [row({ strategy: "farthest-band" })],
      ...parts,
    }),
  );
const shown = (parts: Partial<PreviewFacts>): string[] =>
  previewPicture(
    report(parts),
    { columns: 80, rows: Infinity },
    { columns: alignColumns, foot: [] },
  ).map(({ text }) => text);

describe("what a strategy weighs", () => {
  test("stands beside the wins it needs, the wins a loss takes back, and the share that was seen", () => {
    const hits = { hits: 34, markets: 36, windows: 12, rate: 34 / 36, low: 0.78 };
    const parts = {
      candidates: [candidate(), candidate({ why: "not_farthest" })],
      hitRate: () => hits,
    };
    const text = shown(parts).join("\n");
    expect(text).toContain("farthest-band weighs in KXBTCD-A:");
    expect(text).toMatch(/yes +97c +97\.21c +-0\.4c +97\.2% +2\.9% +34\.8 wins +BUY/);
    expect(text).toMatch(/34\.8 wins +not_farthest/);
    expect(text).toContain("seen in the band: 34 of 36 won, 94.4%, at least 78.0% (12 windows)");
    // Its own list takes the place of the general one.
    expect(text).toContain("farthest-band: nothing qualifies");
    expect(text).not.toContain("nearest");
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(report(parts).candidates[0]).toMatchObject({
      ask: "0.9700",
      cost: "0.972100",
      break_even: 0.9721,
      hit_rate: hits,
      why: null,
    });
  });

  test("without an offer and without results it says so", () => {
    const none = { ask: null, cost: null, ev: null, why: "one_sided" };
    const text = shown({ candidates: [candidate(none)] }).join("\n");
    expect(text).toMatch(/yes( +-)+ +one_sided/);
    expect(text).toContain(
      "no market of this database that was asked for in the band has settled yet",
    );
    expect(report({ candidates: [candidate(none)] }).candidates[0]).toMatchObject({
      break_even: null,
      wins_per_loss: null,
      hit_rate: null,
    });
  });
});
