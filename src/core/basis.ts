import type { Ms, Usd } from "./units.ts";

// Markets settle on an index, spot is watched on one venue. The basis is the log difference between them: read off the
// index itself while it is published, else off each settlement value, which is the index average of a known minute and
// comes for free (models.md §1.7).

const HALF_LIFE_TICKS = 60;
/**
 * The level moves within hours: over 34 recorded strikes it was missed by 0.58 bp with this half-life, by 0.90 bp with
 * the twelve settlements of models.md §1.7. How much it moves is a property of the venue and needs the longer memory.
 */
const HALF_LIFE_SETTLEMENTS = 1;
const PRIOR_WEIGHT = 1;
const HALF_LIFE_SURPRISES = 12;
const QUARTER_MS = 900_000;
/**
 * S.d. that a level gains with each quarter of an hour after the one it is good for. Four recorded cases of one to five
 * hours were missed by 0.96 bp where 0.54 had been believed; that is 0.23 a quarter, on little evidence.
 */
const AGED_SD = 0.23e-4;
const INDEX_FRESH_MS = 3_000;
const INDEX_MEMORY_MS = 1_800_000;
/** Seconds of proxy prices kept: enough to find the minute before a window's open when its strike arrives late. */
const RING_SECONDS = 4_096;
/** A stamp further ahead than this is no difference of clocks, but no time of this value. */
const AHEAD_MS = 60_000;
/** A log difference beyond this is a bad price on one side, not a basis: the largest recorded one is 0.06 % (models.md §1.7). */
const BELIEVABLE_BASIS = 0.02;
const MIN_FRESH_SAMPLES = 55;
const SAMPLE_FRESH_MS = 3_000;

export interface Prints {
  readonly count: number;
  readonly sumUsd: number;
  /** `index` when the values were the exchange's own, `proxy` when they are spot corrected by the basis. */
  readonly source: "index" | "proxy";
}

/** Spot, index and the relation between them for one underlying. State is a function of the events seen. */
export class BasisTracker {
  readonly #proxy = new Float64Array(RING_SECONDS);
  readonly #proxySecond = new Float64Array(RING_SECONDS).fill(-1);
  readonly #index = new Float64Array(RING_SECONDS);
  readonly #indexSecond = new Float64Array(RING_SECONDS).fill(-1);
  #spotUsd: Usd | null = null;
  #spotMs: Ms = 0;
  #indexMs: Ms = 0;
  #tickBeta = 0;
  #tickWeight = 0;
  #learntMs: Ms = Number.NEGATIVE_INFINITY;
  #settleBeta = 0;
  #settleWeight = PRIOR_WEIGHT;
  #settleVar = 0;
  #settleVarWeight = 0;
  readonly #coldSd: number;
  readonly #sdMin: number;

  /**
   * Relative standard deviations of proxy against index: `coldSd` before anything is learnt from settlements, and `sdMin`,
   * below which no number of them is believed.
   */
  constructor(coldSd: number, sdMin = 0.5e-4) {
    this.#coldSd = coldSd;
    this.#sdMin = sdMin;
  }

  get spotUsd(): Usd | null {
    return this.#spotUsd;
  }

  get spotMs(): Ms {
    return this.#spotMs;
  }

  onSpot(priceUsd: Usd, atMs: Ms): void {
    if (!isPrice(priceUsd)) return;
    this.#spotUsd = priceUsd;
    this.#spotMs = atMs;
  }

  /** Called once a whole second: remembers the spot of that second while it is fresh. */
  onSecond(atMs: Ms): void {
    if (this.#spotUsd === null || atMs - this.#spotMs > SAMPLE_FRESH_MS) return;
    const second = Math.floor(atMs / 1000);
    this.#proxy[second % RING_SECONDS] = this.#spotUsd;
    this.#proxySecond[second % RING_SECONDS] = second;
  }

  /** Takes a print in; the last one of a second rules. What is no price, or of no time, changes nothing. */
  onIndex(valueUsd: Usd, exchangeMs: Ms, recvMs: Ms): void {
    if (!(isPrice(valueUsd) && exchangeMs - recvMs <= AHEAD_MS)) return;
    const second = Math.round(exchangeMs / 1000);
    const slot = second % RING_SECONDS;
    const before = this.#indexSecond[slot] ?? Number.POSITIVE_INFINITY;
    // A print from before the memory reaches must not push a newer one out.
    if (before > second) return;
    this.#index[slot] = valueUsd;
    this.#indexSecond[slot] = second;
    // A late value is history, not news about the difference to the present spot; a repeated one has been learnt from.
    if (recvMs - exchangeMs > INDEX_FRESH_MS || before === second) return;
    this.#indexMs = recvMs;
    if (this.#spotUsd === null || recvMs - this.#spotMs > SAMPLE_FRESH_MS) return;
    const e = Math.log(valueUsd / this.#spotUsd);
    if (Math.abs(e) > BELIEVABLE_BASIS) return;
    const decay = 0.5 ** (1 / HALF_LIFE_TICKS);
    this.#tickWeight = this.#tickWeight * decay + 1;
    this.#tickBeta += (e - this.#tickBeta) / this.#tickWeight;
  }

  /** Learns from the exchange's own average of the 60 seconds that end at `endMs`; ignored without enough samples. */
  onAverage(averageUsd: Usd, endMs: Ms): void {
    const proxy = this.#prints(this.#proxy, this.#proxySecond, endMs, endMs);
    // A ladder settles on one average, and the next 15-minute strike is that average again: it is learnt once.
    if (proxy.count < MIN_FRESH_SAMPLES || endMs <= this.#learntMs) return;
    const e = Math.log((averageUsd * proxy.count) / proxy.sumUsd);
    // Written so that an average that is no price fails it.
    if (!(Math.abs(e) <= BELIEVABLE_BASIS)) return;
    this.#learntMs = endMs;
    const surprise = e - this.#settleBeta;
    this.#settleVarWeight = this.#settleVarWeight * 0.5 ** (1 / HALF_LIFE_SURPRISES) + 1;
    this.#settleVar += (surprise * surprise - this.#settleVar) / this.#settleVarWeight;
    this.#settleWeight = this.#settleWeight * 0.5 ** (1 / HALF_LIFE_SETTLEMENTS) + 1;
    this.#settleBeta += surprise / this.#settleWeight;
  }

  /** A silent index takes its level with it only slowly: forgetting it at once would be a jump in every price. */
  #remembersIndex(nowMs: Ms): boolean {
    return this.#tickWeight >= 5 && nowMs - this.#indexMs <= INDEX_MEMORY_MS;
  }

  /** Expected log difference index − spot. */
  mean(nowMs: Ms): number {
    return this.#remembersIndex(nowMs) ? this.#tickBeta : this.#settleBeta;
  }

  /** Relative standard deviation of what remains after the mean. */
  sd(nowMs: Ms): number {
    if (this.#remembersIndex(nowMs)) {
      // Exact while the index is published, drifting by half a basis point in a quarter of an hour after that.
      const silentS = Math.max(0, nowMs - this.#indexMs - INDEX_FRESH_MS) / 1000;
      return Math.min(this.#coldSd, Math.hypot(0.3e-4, 0.5e-4 * Math.sqrt(silentS / 900)));
    }
    if (this.#settleVarWeight < 3) return this.#coldSd;
    const learnt = Math.max(this.#sdMin, Math.sqrt(this.#settleVar));
    const agedS = Math.max(0, nowMs - this.#learntMs - QUARTER_MS) / 1000;
    const aged = Math.hypot(learnt, AGED_SD * Math.sqrt(agedS / 900));
    return Math.min(aged, Math.max(learnt, this.#coldSd));
  }

  /**
   * Index prints of the averaging minute (closeMs − 60 s, closeMs] that are known at `nowMs`; null before the minute or
   * when too many are missing. Where the index has holes, spot samples stand in for them and all of it counts as spot; of
   * missing seconds each carries the mean of the others.
   */
  knownPrints(closeMs: Ms, nowMs: Ms): Prints | null {
    const due = Math.min(60, Math.floor(nowMs / 1000) - Math.floor(closeMs / 1000) + 60);
    if (due <= 0) return null;
    const index = this.#prints(this.#index, this.#indexSecond, closeMs, nowMs);
    // The newest print may be in flight; what counts is that the known ones have no holes.
    if (index.count > 0 && index.count >= due - 2) {
      return { count: index.count, sumUsd: index.sumUsd, source: "index" };
    }
    const mixed = this.#mixed(closeMs, nowMs);
    if (mixed.count === 0 || mixed.count < due - 5) return null;
    return { count: due, sumUsd: (mixed.sumUsd * due) / mixed.count, source: "proxy" };
  }

  /** Mean of the 60 prints up to an instant; null unless every one of them is the exchange's own. */
  indexAverage(endMs: Ms): Usd | null {
    const { count, sumUsd } = this.#prints(this.#index, this.#indexSecond, endMs, endMs);
    return count === 60 ? sumUsd / 60 : null;
  }

  /** The exchange's own prints, and where there is none the spot sample corrected by the basis. */
  #mixed(endMs: Ms, nowMs: Ms): { count: number; sumUsd: number } {
    const end = Math.floor(endMs / 1000);
    const last = Math.min(end, Math.floor(nowMs / 1000));
    const scale = Math.exp(this.mean(nowMs));
    let count = 0;
    let sumUsd = 0;
    for (let second = end - 59; second <= last; second++) {
      const slot = second % RING_SECONDS;
      if (this.#indexSecond[slot] === second) sumUsd += this.#index[slot] ?? 0;
      else if (this.#proxySecond[slot] === second) sumUsd += (this.#proxy[slot] ?? 0) * scale;
      else continue;
      count++;
    }
    return { count, sumUsd };
  }

  #prints(
    values: Float64Array,
    seconds: Float64Array,
    endMs: Ms,
    nowMs: Ms,
  ): { count: number; sumUsd: number } {
    const end = Math.floor(endMs / 1000);
    const last = Math.min(end, Math.floor(nowMs / 1000));
    let count = 0;
    let sumUsd = 0;
    for (let second = end - 59; second <= last; second++) {
      const slot = second % RING_SECONDS;
      if (seconds[slot] !== second) continue;
      count++;
      sumUsd += values[slot] ?? 0;
    }
    return { count, sumUsd };
  }
}

function isPrice(usd: Usd): boolean {
  return usd > 0 && usd < Number.POSITIVE_INFINITY;
}
