import { describe, expect, test } from "vitest";
import type { Paid } from "../../../src/core/settle-legs.ts";
import { money, price, qty, type Side } from "../../../src/core/units.ts";
import { aFill } from "../../support/builders.ts";
import { CLOSE_MS, GRACE_MS, MARKET, prints, Settling, type Word } from "../../support/settling.ts";

/** Ten contracts at 50 cents, with their fee. */
const COST = 5_175_000;
const DUE_MS = CLOSE_MS + GRACE_MS;

/** One thing that happens: the index has its turn, or the exchange says a word, for good (`!`) or not. */
type Happening = "index" | Word | `${Word}!`;

function happen(story: Settling, what: Happening): void {
  if (what === "index") story.until(Math.max(story.nowMs, DUE_MS));
  else story.say(what, what.endsWith("!"));
}

/** Each leg as `what it pays, more or less, in dollars` and where it comes from. */
const told = ({ legs }: Settling) =>
  legs.map(({ cost, payload, pnl, source, status }) => {
    const { confirms, corrects, provisional } = payload;
    const kind = (confirms !== undefined && "confirms") || (corrects !== undefined && "corrects");
    const stage = provisional === true ? "provisional" : "final";
    return [kind || "pays", (0 - cost) / 1e6, pnl, `${stage} ${status}`, source].join(" ");
  });

const WON = 10_000_000 - COST;
const FIRST = `pays 10 ${WON} provisional yes`;

describe("YES that is held is settled, confirmed and corrected", () => {
  test.each<[string, Happening[], string[]]>([
    [
      "determined, then final",
      ["yes", "yes!"],
      [`${FIRST} kalshi`, "confirms 0  final yes kalshi"],
    ],
    [
      "determined, then final otherwise",
      ["yes", "no!"],
      [`${FIRST} kalshi`, "corrects -10 -10000000 final no kalshi"],
    ],
    ["final at once", ["yes!"], [`pays 10 ${WON} final yes kalshi`]],
    [
      "index, then determined alike, then final",
      ["index", "yes", "yes!"],
      [
        `${FIRST} index_average`,
        "confirms 0  provisional yes kalshi",
        "confirms 0  final yes kalshi",
      ],
    ],
    [
      "index, then determined otherwise, then final",
      ["index", "no", "no!"],
      [
        `${FIRST} index_average`,
        "corrects -10 -10000000 provisional no kalshi",
        "confirms 0  final no kalshi",
      ],
    ],
    [
      "final, then amended for good, and back",
      ["yes!", "no", "no!", "yes!"],
      [
        `pays 10 ${WON} final yes kalshi`,
        "corrects -10 -10000000 final no kalshi",
        "corrects 10 10000000 final yes kalshi",
      ],
    ],
    [
      "repeated",
      ["yes", "yes", "yes!", "yes!", "yes"],
      [`${FIRST} kalshi`, "confirms 0  final yes kalshi"],
    ],
    [
      "scalar",
      ["scalar 2500", "scalar 2500!"],
      [`pays 2.5 ${2_500_000 - COST} provisional scalar kalshi`, "confirms 0  final scalar kalshi"],
    ],
    ["void with a payout", ["void 5000!"], [`pays 5 ${5_000_000 - COST} final void kalshi`]],
    [
      "scalar whose payout is told later",
      ["scalar!", "scalar 7000!"],
      [`pays 7 ${7_000_000 - COST} final scalar kalshi`],
    ],
    [
      "scalar after all",
      ["yes", "scalar 9000!"],
      [`${FIRST} kalshi`, "corrects -1 -1000000 final scalar kalshi"],
    ],
    ["a scalar without its payout", ["scalar", "scalar!", "scalar!"], []],
    ["a scalar without its payout is not for the index to decide", ["scalar", "index"], []],
  ])("%s", (_, happenings, legs) => {
    const story = new Settling().buy("yes");
    for (const event of prints(100_000)) story.step(event);
    for (const what of happenings) happen(story, what);
    expect(told(story)).toEqual(legs);
    expect(story.engine.portfolio.realised).toBe(story.pnl);
  });

  test("NO is paid what YES is not", () => {
    const story = new Settling().buy("no").say("scalar 2500", true);
    expect(told(story)).toEqual([`pays 7.5 ${7_500_000 - COST} final scalar kalshi`]);
  });

  test("a correction names what it corrects", () => {
    const [first, next] = new Settling().buy("yes").say("yes", false).say("no", true).legs;
    expect(first).toMatchObject({ qty: 1_000, side: "yes", payload: { yes_payout_cc: 10_000 } });
    expect(next).toMatchObject({
      qty: 0,
      side: "yes",
      strategy: first?.strategy,
      payload: {
        provisional: false,
        yes_payout_cc: 0,
        corrects: { at_ms: first?.atMs, source: "kalshi", result: "yes", yes_payout_cc: 10_000 },
      },
    });
  });

  test("a market in which nothing is held settles without a word", () => {
    const story = new Settling();
    for (const event of prints(100_000)) story.step(event);
    for (const what of ["index", "yes", "scalar!"] as const) happen(story, what);
    expect([story.legs, story.risks]).toEqual([[], []]);
  });

  test("a fill that comes after the settlement is paid as the rest was", () => {
    const story = new Settling().buy("yes").say("yes", true);
    story.step({ type: "fill", fill: aFill({ fillId: "late" }), recvMs: story.nowMs });
    story.legs.length = 0;
    story.say("no", false);
    expect(told(story)).toEqual([`pays 10 ${WON} final yes kalshi`]);
    expect(told(story.say("no", true)).at(-1)).toBe("corrects -20 -20000000 final no kalshi");
  });

  test("a payout that is not known is told of once, and the position waits", () => {
    const story = new Settling().buy("yes").say("scalar", true).say("scalar", true);
    expect(story.risks).toMatchObject([
      {
        kind: "settlement_unpaid",
        value: 10,
        reason: `${MARKET.ticker} settled as 'scalar', whose payout is not known here`,
      },
    ]);
    expect(story.engine.portfolio.position(MARKET.ticker)?.qty).toBe(1_000);
  });
});

describe("without a result", () => {
  test.each<[string, Parameters<typeof prints>]>([
    ["no print", [100_000, { without: Array.from({ length: 60 }, (_, at) => at) }]],
    ["all but one of the prints", [100_000, { without: [17] }]],
    ["the last print missing", [100_000, { without: [0] }]],
    ["a stand-in for the index", [100_000, { proxy: true }]],
  ])("%s settles nothing, and that is told of once", (_, given) => {
    const story = new Settling().buy("yes");
    for (const event of prints(...given)) story.step(event);
    for (let s = 0; s < 5; s++) story.until(DUE_MS + s * 1_000);
    expect(story.legs).toEqual([]);
    expect(story.risks).toMatchObject([{ kind: "settlement_waiting", value: 10 }]);
    expect(told(story.say("yes", true))).toEqual([`pays 10 ${WON} final yes kalshi`]);
  });

  test("spot prices alone settle nothing", () => {
    const story = new Settling().buy("yes");
    for (let atMs = CLOSE_MS - 90_000; atMs <= DUE_MS + 5_000; atMs += 1_000) {
      story.step({
        type: "spot",
        source: "coinbase",
        product: "BTC-USD",
        kind: "quote",
        priceUsd: 101_000,
        bidUsd: 100_999,
        askUsd: 101_001,
        size: null,
        tradeId: null,
        exchangeMs: atMs,
        recvMs: atMs,
      });
      story.until(atMs);
    }
    expect(story.legs).toEqual([]);
    expect(story.risks).toMatchObject([{ kind: "settlement_waiting" }]);
  });

  test("the index is asked when the exchange has had its time, and not before", () => {
    const story = new Settling().buy("yes");
    for (const event of prints(99_999.99)) story.step(event);
    expect(story.until(DUE_MS - 1_000).legs).toEqual([]);
    expect(story.until(DUE_MS).legs).toMatchObject([
      {
        status: "no",
        source: "index_average",
        cost: 0,
        payload: { provisional: true, expiration_value: "99999.99" },
      },
    ]);
    expect(story.until(DUE_MS + 1_000).legs).toHaveLength(1);
  });

  test("a print that comes late is enough", () => {
    const story = new Settling().buy("yes");
    const [last, ...others] = prints(100_000).toReversed();
    for (const event of others) story.step(event);
    expect(story.until(DUE_MS).legs).toEqual([]);
    if (last !== undefined) story.step({ ...last, recvMs: DUE_MS });
    expect(told(story.until(DUE_MS + 1_000))).toEqual([`${FIRST} index_average`]);
  });

  test("a strike that was never published settles nothing", () => {
    const story = new Settling();
    story.step({ type: "market", market: { ...MARKET, floorUsd: null }, recvMs: 900_000 });
    story.buy("yes");
    for (const event of prints(100_000)) story.step(event);
    expect(story.until(DUE_MS).legs).toEqual([]);
    expect(story.risks).toMatchObject([{ kind: "settlement_waiting" }]);
  });
});

describe("the limit of the day sees the worst case first", () => {
  test.each<[string, Side, Happening[], number[]]>([
    ["a provisional gain makes no room before it is final", "yes", ["yes", "yes!"], [COST, 0]],
    ["a provisional loss counts at once", "no", ["yes", "yes!"], [COST, COST]],
    ["a loss that is taken back counts no more", "no", ["yes", "no!"], [COST, 0]],
    ["a gain that becomes a loss", "yes", ["yes", "no!"], [COST, COST]],
    ["amended to a loss and back", "yes", ["yes!", "no!", "yes!"], [0, COST, 0]],
    [
      "a scalar loses what it does not pay",
      "yes",
      ["scalar 2500", "scalar 2500!"],
      [COST, COST - 2_500_000],
    ],
  ])("%s", (_, side, happenings, atRisk) => {
    const story = new Settling().buy(side);
    expect(story.atRisk).toBe(COST);
    const seen = happenings.map((what) => {
      happen(story, what);
      return story.atRisk;
    });
    expect(seen).toEqual(atRisk);
  });

  test("what counted yesterday takes nothing off today, and what is lost more counts today", () => {
    const story = new Settling().buy("yes").say("scalar 4000", true);
    expect(story.atRisk).toBe(COST - 4_000_000);
    story.until(story.nowMs + 86_400_000);
    expect(story.atRisk).toBe(0);
    expect(story.say("scalar 2500", true).atRisk).toBe(1_500_000);
    expect(story.say("yes", true).atRisk).toBe(0);
  });
});

/** What an earlier run has paid for ten YES. */
const settled = (isFinal: boolean, payout: number, atMs = CLOSE_MS): Paid => ({
  ruling: {
    ticker: MARKET.ticker,
    result: payout > 0 ? "yes" : "no",
    yesPayout: price(payout / 1_000),
    isFinal,
    source: "kalshi",
    expirationValue: null,
    atMs,
  },
  strategy: "s",
  yesQty: qty(1_000),
  noQty: qty(0),
  cost: money(COST),
  payout: money(payout),
});

/** What counts a day later against the limit of a run that goes on from it. */
function riskOf(paid: Paid): number {
  const story = new Settling({ past: { fills: [], settled: [paid], losses: [] } });
  story.nowMs = 86_400_000 + CLOSE_MS;
  return story.atRisk;
}

describe("a run that goes on from another", () => {
  test.each<[string, Paid, Happening[], string[]]>([
    ["confirms", settled(false, 10_000_000), ["yes!"], ["confirms 0  final yes kalshi"]],
    [
      "corrects once",
      settled(false, 10_000_000),
      ["no!", "no!"],
      ["corrects -10 -10000000 final no kalshi"],
    ],
    ["says nothing twice", settled(true, 10_000_000), ["yes", "yes!"], []],
    [
      "hears of an amended result",
      settled(true, 10_000_000),
      ["no!"],
      ["corrects -10 -10000000 final no kalshi"],
    ],
  ])("%s", (_, paid, happenings, legs) => {
    const past = { fills: [], settled: [paid], losses: [] };
    const story = new Settling({ past });
    expect(story.engine.settling.awaited()).toEqual(paid.ruling.isFinal ? [] : [MARKET.ticker]);
    for (const what of happenings) happen(story, what);
    expect(told(story)).toEqual(legs);
    expect(story.legs.every(({ strategy }) => strategy === "s")).toBe(true);
    // Only what this run has changed is its profit.
    expect(story.engine.portfolio.realised).toBe(story.pnl);
  });

  test("settles what had closed and not settled, and counts it", () => {
    const fills = [{ fill: aFill(), strategy: "s", isOpen: true }];
    const story = new Settling({ past: { fills, settled: [], losses: [] } });
    expect(story.engine.settling.awaited()).toEqual([MARKET.ticker]);
    story.until(CLOSE_MS + 7_200_000).say("yes", true);
    expect(story.legs).toMatchObject([{ strategy: "s", pnl: WON }]);
    expect(story.engine.portfolio.realised).toBe(WON);
  });

  test("provisional ones are at risk, final losses of today are lost, those of yesterday are not", () => {
    expect(riskOf(settled(false, 10_000_000))).toBe(COST);
    expect(riskOf(settled(true, 0, 86_400_000))).toBe(COST);
    expect(riskOf(settled(true, 0))).toBe(0);
    expect(riskOf(settled(true, 10_000_000, 86_400_000))).toBe(0);
  });
});
