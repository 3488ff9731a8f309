import { describe, expect, test } from "vitest";
import { createScenarioWorld } from "../../../src/exchange/scenario/scenario-world.ts";
import type { Happening, World, WorldMarket } from "../../../src/exchange/world.ts";

const HOURS = 2.25;
const LOOK_MS = 3000;
const MARK_MS = 30_000;
const RETURN_S = 5;
const MEMORY_S = 1200;
const SERIES = [
  { series: "KXBTC15M", indexId: "BRTI" },
  { series: "KXSOL15M", indexId: "SOLUSD_RTI" },
];

/** What an outsider can know: the published index, and a volatility measured from it. */
class Outsider {
  readonly #values: number[] = [];
  #squares = 0;
  #weight = 0;

  add(value: number): void {
    this.#values.push(value);
    const before = this.#values.at(-1 - RETURN_S);
    if (this.#values.length % RETURN_S !== 0 || before === undefined) return;
    const decay = Math.exp(-RETURN_S / MEMORY_S);
    this.#squares = this.#squares * decay + Math.log(value / before) ** 2;
    this.#weight = this.#weight * decay + RETURN_S;
  }

  get isReady(): boolean {
    return this.#values.length > 600;
  }

  probability(strike: number, tauS: number): number {
    const spot = this.#values.at(-1) ?? Number.NaN;
    const sd = spot * Math.sqrt((this.#squares / this.#weight) * (tauS - 39.5));
    return normal((spot - strike) / sd);
  }
}

function normal(z: number): number {
  // Logistic approximation, within 0.02 %: three cents of edge do not hang on more.
  return 1 / (1 + Math.exp(-z * (1.5976 + 0.070_56 * z * z)));
}

interface Outcome {
  readonly share: number;
  readonly windows: number;
  /** Mean profit per contract against the outsider's estimate half a minute later. */
  readonly markedCents: number;
  /** Mean profit per contract at settlement. */
  readonly settledCents: number;
}

interface Bet {
  readonly side: "yes" | "no";
  readonly cost: number;
}

/** The better of buying YES and NO at the touch, fee included. */
function bestBet(world: World, ticker: string, p: number): { bet: Bet; edge: number } {
  const book = world.book(ticker);
  const yesAsk = 1 - (book?.no.at(-1)?.[0] ?? 0) / 10_000;
  const noAsk = 1 - (book?.yes.at(-1)?.[0] ?? 0) / 10_000;
  const yesCost = yesAsk + 0.07 * yesAsk * (1 - yesAsk);
  const noCost = noAsk + 0.07 * noAsk * (1 - noAsk);
  const yes = { bet: { side: "yes" as const, cost: yesCost }, edge: p - yesCost };
  const no = { bet: { side: "no" as const, cost: noCost }, edge: 1 - p - noCost };
  return yes.edge > no.edge ? yes : no;
}

/** Buys one contract whenever the outsider sees three cents after the fee. */
class Taker {
  readonly #world: World;
  readonly #outsiders = new Map(SERIES.map((each) => [each.indexId, new Outsider()]));
  readonly #bets = new Map<string, Bet[]>();
  readonly #recent: { readonly ticker: string; readonly atMs: number; readonly bet: Bet }[] = [];
  #looks = 0;
  #hits = 0;
  #settled = 0;
  #profit = 0;
  #marked = 0;
  #markedProfit = 0;

  constructor(world: World) {
    this.#world = world;
  }

  run(): Outcome {
    const world = this.#world;
    while (world.nowMs() < world.startMs + HOURS * 3_600_000) {
      world.runUntil(world.nowMs() + LOOK_MS, (happening) => this.#hear(happening));
      this.#markRecent();
      for (const market of world.markets()) {
        if (market.status === "active") this.#look(market);
      }
    }
    return {
      share: this.#hits / this.#looks,
      windows: this.#bets.size,
      markedCents: (100 * this.#markedProfit) / this.#marked,
      settledCents: (100 * this.#profit) / this.#settled,
    };
  }

  #hear(happening: Happening): void {
    if (happening.type === "index") {
      this.#outsiders.get(happening.indexId)?.add(happening.value);
    } else if (happening.type === "lifecycle" && happening.msg["event_type"] === "determined") {
      for (const bet of this.#bets.get(String(happening.msg["market_ticker"])) ?? []) {
        this.#settled++;
        this.#profit += (happening.msg["result"] === bet.side ? 1 : 0) - bet.cost;
      }
    }
  }

  #estimate(market: WorldMarket | undefined): number | undefined {
    if (market === undefined || market.floorUsd === null) return undefined;
    const match = SERIES.find((each) => each.series === market.seriesTicker);
    const outsider = this.#outsiders.get(match?.indexId ?? "");
    if (!outsider?.isReady) return undefined;
    return outsider.probability(market.floorUsd, this.#tauS(market));
  }

  #tauS(market: WorldMarket): number {
    return (market.closeMs - this.#world.nowMs()) / 1000;
  }

  #look(market: WorldMarket): void {
    const tauS = this.#tauS(market);
    const p = tauS >= 120 && tauS <= 720 ? this.#estimate(market) : undefined;
    if (p === undefined) return;
    this.#looks++;
    const { ticker } = market;
    const { bet, edge } = bestBet(this.#world, ticker, p);
    if (edge <= 0.03) return;
    this.#hits++;
    this.#bets.set(ticker, [...(this.#bets.get(ticker) ?? []), bet]);
    this.#recent.push({ ticker, atMs: this.#world.nowMs(), bet });
  }

  #markRecent(): void {
    for (;;) {
      const first = this.#recent[0];
      if (first === undefined || first.atMs > this.#world.nowMs() - MARK_MS) return;
      this.#recent.shift();
      const p = this.#estimate(this.#world.market(first.ticker)) ?? Number.NaN;
      this.#marked++;
      this.#markedProfit += (first.bet.side === "yes" ? p : 1 - p) - first.bet.cost;
    }
  }
}

// Settled profit of a few dozen windows is mostly luck, so the seed is a typical one; over six days and 1152 windows of
// either scenario it was 4.0 ± 1.2 cents in edge and −0.9 ± 4.0 in fair.
function play(scenario: "edge" | "fair"): Outcome {
  return new Taker(createScenarioWorld({ scenario, seed: 5 })).run();
}

describe("what an informed taker finds", () => {
  const edge = play("edge");
  const fair = play("fair");

  test("edge: net edges in every window, but seldom, and they last", () => {
    expect(edge.windows).toBeGreaterThanOrEqual(14);
    expect(edge.share).toBeGreaterThan(0.08);
    expect(edge.share).toBeLessThan(0.2);
    expect(edge.markedCents).toBeGreaterThan(3);
  });

  test("fair: hardly any, and those do not pay", () => {
    expect(fair.share).toBeLessThan(edge.share / 2);
    expect(fair.settledCents).toBeLessThan(0);
    expect(edge.settledCents).toBeGreaterThan(fair.settledCents + 3);
  });
});
