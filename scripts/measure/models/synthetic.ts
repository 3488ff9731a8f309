import { BasisTracker } from "../../../src/core/basis.ts";
import type { Market } from "../../../src/core/market.ts";
import { probYes } from "../../../src/core/prob/market-prob.ts";
import { effectiveVariance } from "../../../src/core/prob/settlement.ts";
import { createVolEstimator, type VolEstimator } from "../../../src/core/vol/estimator.ts";
import { aMarket } from "../../../tests/support/builders.ts";
import { NORMAL, plainYes, STUDENT } from "./plain.ts";
import type { Price } from "./recordings.ts";
import { forecastOf, type Row } from "./scoring.ts";

// Markets that nobody traded: up or down against the feed's own average of the minute before the opening, settled on the
// feed's own average of the last minute. The feed is the index, so there is no basis, and what is left between the model
// and the plain one is the averaging (and the law, which has columns of its own).

const WINDOW_S = 900;
const PRINTS = 60;

export interface SyntheticSpec {
  /** A second without a price carries the last one on for at most this long. */
  readonly carryS: number;
  readonly gridS: number;
  /** Seconds between two closes, and the shortest life of a market. */
  readonly closeEveryS: number;
  readonly minLifeS: number;
  /** Strikes in standard deviations of the window as seen at the open; 0 is up or down. */
  readonly strikesSd: readonly number[];
  /** Recorded stretches further apart than this are not one. */
  readonly pauseS: number;
  /** What rows are counted by: each close, or each recorded stretch or hour when markets overlap. */
  readonly cluster: "close" | "hour" | "stretch";
}

export interface Synthetic {
  readonly rows: Row[];
  readonly markets: number;
  readonly stretches: number;
  /** Closes whose minute, or whose opening minute, has a second without a price. */
  readonly dropped: number;
  /** Settlement in standard deviations of the model as of each decision time. */
  readonly standardised: ReadonlyMap<number, number[]>;
}

interface Plan {
  readonly openS: number;
  readonly closeS: number;
  readonly strikeUsd: number;
  readonly settledUsd: number;
  readonly cluster: string;
}

interface Live {
  readonly plan: Plan;
  readonly markets: readonly Market[];
}

const DECISIONS_S = [900, 720, 480, 300, 180, 120, 60];

/** Replays a price feed second by second through the product's estimator, tracker and probability; nothing looks ahead. */
export function measureSynthetic(prices: readonly Price[], spec: SyntheticSpec): Synthetic {
  const stretches = stretchesOf(prices, spec.pauseS);
  const vol = createVolEstimator({ gridS: spec.gridS });
  const replay = new Replay(vol, spec);
  let dropped = 0;
  let markets = 0;
  for (const [number, stretch] of stretches.entries()) {
    const seconds = secondsOf(stretch, spec.carryS);
    const found = plansOf(seconds, spec, `stretch ${number}`);
    dropped += found.dropped;
    markets += found.plans.length;
    replay.run(stretch, seconds, found.plans);
  }
  const { rows, standardised } = replay;
  return { rows, markets, stretches: stretches.length, dropped, standardised };
}

class Replay {
  readonly rows: Row[] = [];
  readonly standardised = new Map<number, number[]>(DECISIONS_S.map((at) => [at, []]));
  readonly #vol: VolEstimator;
  readonly #spec: SyntheticSpec;

  constructor(vol: VolEstimator, spec: SyntheticSpec) {
    this.#vol = vol;
    this.#spec = spec;
  }

  run(prices: readonly Price[], seconds: Seconds, plans: readonly Plan[]): void {
    const basis = new BasisTracker(0);
    const waiting = plans.toSorted((a, b) => a.openS - b.openS);
    let live: Live[] = [];
    let next = 0;
    for (let second = seconds.firstS; second <= seconds.lastS; second++) {
      for (; (prices[next]?.atMs ?? Number.POSITIVE_INFINITY) <= second * 1000; next++) {
        const { priceUsd, atMs } = prices[next] ?? { priceUsd: Number.NaN, atMs: Number.NaN };
        this.#vol.onPrice(priceUsd, atMs);
      }
      const value = seconds.at(second);
      if (value === undefined) continue;
      basis.onSpot(value, second * 1000);
      basis.onIndex(value, second * 1000, second * 1000);
      while ((waiting[0]?.openS ?? Number.POSITIVE_INFINITY) <= second) {
        const plan = waiting.shift();
        if (plan !== undefined) live.push({ plan, markets: this.#marketsOf(plan) });
      }
      live = live.filter(({ plan }) => plan.closeS > second);
      for (const one of live) this.#look(one, basis, second);
    }
  }

  #marketsOf(plan: Plan): Market[] {
    const { sigma, ready } = this.#vol.sigma();
    const life = plan.closeS - plan.openS;
    const sd = sigma * Math.sqrt(effectiveVariance({ tau: life }).veff);
    // Without a sigma only the strike at the money means something.
    const strikes = ready ? this.#spec.strikesSd : this.#spec.strikesSd.filter((at) => at === 0);
    return strikes.map((at) =>
      aMarket({
        ticker: `SYN-${plan.closeS}-${plan.openS}-${at}`,
        floorUsd: plan.strikeUsd * Math.exp(at * sd),
        openMs: plan.openS * 1000,
        closeMs: plan.closeS * 1000,
      }),
    );
  }

  #look({ plan, markets }: Live, basis: BasisTracker, second: number): void {
    const nowMs = second * 1000;
    const tauS = plan.closeS - second;
    const { sigma, ready } = this.#vol.sigma(Math.max(1, Math.ceil(tauS / 60)) * 60);
    const { spotUsd } = basis;
    if (!ready || spotUsd === null) return;
    const known = basis.knownPrints(plan.closeS * 1000, nowMs);
    if (tauS >= PRINTS) this.#standardise(plan, { spotUsd, sigma, tauS });
    for (const market of markets) {
      const inputs = {
        spotUsd,
        sigma,
        tauS,
        basisMean: basis.mean(nowMs),
        basisSd: 0,
        known,
        nu: 4,
      };
      const plain = { spotUsd, sigma, tauS };
      this.rows.push({
        window: plan.cluster,
        ticker: market.ticker,
        tauS,
        y: plan.settledUsd >= (market.floorUsd ?? Number.NaN) ? 1 : 0,
        p: {
          model: forecastOf(probYes(market, { ...inputs, shape: "student" })),
          "model, normal": forecastOf(probYes(market, { ...inputs, shape: "normal" })),
          plain: plainYes(market, { ...plain, law: NORMAL }),
          "plain, student": plainYes(market, { ...plain, law: STUDENT }),
        },
      });
    }
  }

  #standardise(
    plan: Plan,
    { spotUsd, sigma, tauS }: { spotUsd: number; sigma: number; tauS: number },
  ): void {
    const sd = sigma * Math.sqrt(effectiveVariance({ tau: tauS }).veff);
    this.standardised.get(tauS)?.push(Math.log(plan.settledUsd / spotUsd) / sd);
  }
}

/** Runs of prices without a long pause. */
function stretchesOf(prices: readonly Price[], pauseS: number): Price[][] {
  const stretches: Price[][] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const price of prices) {
    if (stretches.length === 0 || price.atMs - lastMs > pauseS * 1000) stretches.push([]);
    stretches.at(-1)?.push(price);
    lastMs = price.atMs;
  }
  return stretches;
}

/** The newest price at each whole second, while it is fresh. */
interface Seconds {
  readonly firstS: number;
  readonly lastS: number;
  at(second: number): number | undefined;
  /** Mean of the sixty seconds (endS − 60, endS]; null when one is missing. */
  average(endS: number): number | null;
}

export function secondsOf(prices: readonly Price[], carryS: number): Seconds {
  const firstS = Math.ceil((prices[0]?.atMs ?? 0) / 1000);
  const lastS = Math.floor((prices.at(-1)?.atMs ?? -1000) / 1000);
  const values = new Map<number, number>();
  let next = 0;
  for (let second = firstS; second <= lastS; second++) {
    while ((prices[next]?.atMs ?? Number.POSITIVE_INFINITY) <= second * 1000) next++;
    const price = prices[next - 1];
    if (price !== undefined && second * 1000 - price.atMs <= carryS * 1000) {
      values.set(second, price.priceUsd);
    }
  }
  return {
    firstS,
    lastS,
    at: (second) => values.get(second),
    average(endS) {
      let sum = 0;
      for (let second = endS - PRINTS + 1; second <= endS; second++) {
        const value = values.get(second);
        if (value === undefined) return null;
        sum += value;
      }
      return sum / PRINTS;
    },
  };
}

/** Each close with the strike of fifteen minutes before it, or of the first whole minute when the record begins later. */
function plansOf(
  seconds: Seconds,
  spec: SyntheticSpec,
  stretch: string,
): { readonly plans: Plan[]; readonly dropped: number } {
  const plans: Plan[] = [];
  let dropped = 0;
  const firstOpenS = Math.ceil((seconds.firstS + PRINTS) / 60) * 60;
  const every = spec.closeEveryS;
  const first = Math.ceil((firstOpenS + spec.minLifeS) / every) * every;
  for (let closeS = first; closeS <= seconds.lastS; closeS += every) {
    const openS = Math.max(closeS - WINDOW_S, firstOpenS);
    const strikeUsd = seconds.average(openS);
    const settledUsd = seconds.average(closeS);
    if (strikeUsd === null || settledUsd === null) {
      dropped++;
      continue;
    }
    const names = { close: `${closeS}`, hour: `hour ${Math.ceil(closeS / 3_600)}`, stretch };
    plans.push({ openS, closeS, strikeUsd, settledUsd, cluster: names[spec.cluster] });
  }
  return { plans, dropped };
}
