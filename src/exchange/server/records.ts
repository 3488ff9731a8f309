// What the public endpoints tell besides the world's present state.

import type { FeeTerms } from "../trading/types.ts";
import type { Happening, World, WorldMarket } from "../world.ts";
import { AnnouncedFees } from "./announced-fees.ts";
import { Archive } from "./archive.ts";
import { MarketCandles } from "./candles.ts";
import { IndexMemory } from "./index-memory.ts";
import { MarketLog } from "./market-log.ts";

/** What `/exchange/status` and `/exchange/schedule` say beyond the state of the shards; tests set it. */
export interface Notices {
  /** 503 and 504 are answered with the same body. */
  statusCode: 200 | 503 | 504;
  /** When a pause is said to end. */
  resumeMs: number | null;
  /** Maintenance besides the weekly one. */
  maintenance: readonly { readonly startMs: number; readonly endMs: number }[];
}

export interface RecordOptions {
  /** Start of the live data for a given time; three months back when left out. */
  readonly historyCutoffMs?: (nowMs: number) => number;
}

export class Records {
  readonly log: MarketLog;
  readonly candles: MarketCandles;
  readonly archive: Archive;
  readonly fees = new AnnouncedFees();
  readonly indices = new IndexMemory();
  readonly #world: World;
  readonly notices: Notices = { statusCode: 200, resumeMs: null, maintenance: [] };

  constructor(world: World, options: RecordOptions = {}) {
    this.#world = world;
    this.log = new MarketLog(world);
    this.candles = new MarketCandles(world);
    this.archive = new Archive(options.historyCutoffMs);
  }

  /** What a fill in this market costs now; undefined for a series the world does not list. */
  feeOf(market: WorldMarket): FeeTerms | undefined {
    const series = this.#world.series().find(({ ticker }) => ticker === market.seriesTicker);
    return series === undefined ? undefined : this.fees.feeOf(market, series, this.#world.nowMs());
  }

  /** When there is something to tell by itself. */
  nextTimerMs(): number {
    return Math.max(this.fees.nextMs(), this.#world.nowMs());
  }

  /** Tells of overrides that come into force (kalshi.md §3.6); nothing on the wire tells of the fees of a series. */
  runTimers(nowMs: number, emit: (happening: Happening) => void): void {
    for (const { eventTicker, feeMultiplier, feeType } of this.fees.takeInForce(nowMs)) {
      const msg = {
        event_ticker: eventTicker,
        fee_type_override: feeType,
        fee_multiplier_override: feeMultiplier,
      };
      emit({ type: "lifecycle", msg, atMs: nowMs });
    }
  }

  observe(happening: Happening): void {
    this.log.observe(happening);
    this.candles.observe(happening);
    this.indices.observe(happening);
  }
}
