import type {
  FeedGap,
  IndexTick,
  MarketEvent,
  Settlement,
  SpotDepth,
  SpotTick,
} from "../events.ts";
import { isUpDown, type Market, type Underlying, underlyingOf } from "../market.ts";
import type { Ms, Usd } from "../units.ts";
import { AssetProxy } from "./asset-proxy.ts";
import { INDEX_METHODS } from "./methodology.ts";
import { SecondRing } from "./offset.ts";

/**
 * Venues of the index whose books are in dollars (spot-feeds.md §4.1). Binance is none of them, and its dollar is another
 * one: a Tether, which is two to ten basis points away and drifts.
 */
const CONSTITUENTS: ReadonlySet<string> = new Set(["coinbase", "kraken", "bitstamp", "gemini"]);

/** The exchange's own index rules while it is younger than this. */
const INDEX_FRESH_MS = 3_000;
/** By then the prints of a minute are here. */
const PRINTS_LATE_S = 5;
/** Events whose close is remembered, a few days of them. */
const EVENTS_MAX = 2_000;

interface Asset {
  readonly underlying: Underlying;
  readonly proxy: AssetProxy;
  /** The exchange's own prints. */
  readonly prints: SecondRing;
  indexMs: Ms;
}

interface Close {
  readonly asset: Asset;
  readonly atMs: Ms;
}

/**
 * Stands in for the settlement index while the exchange does not publish it. Watches the venues that the index is made of,
 * and learns from each true average, be it strike, settlement or index, how far it is off. A function of what it saw.
 */
export class IndexProxy {
  readonly #assets: readonly Asset[];
  readonly #closes = new Map<string, Close>();
  #atMs: Ms = Number.NEGATIVE_INFINITY;

  constructor(underlyings: readonly Underlying[]) {
    this.#assets = underlyings.map((underlying) => ({
      underlying,
      proxy: new AssetProxy(INDEX_METHODS[underlying.asset]),
      prints: new SecondRing(),
      indexMs: Number.NEGATIVE_INFINITY,
    }));
  }

  observe(event: MarketEvent): void {
    // Nearly every event is a change of a book, and no index is made of those.
    if (event.type === "delta") return;
    if (event.type === "spot" || event.type === "depth") this.#onVenue(event);
    else if (event.type === "gap") this.#onGap(event);
    else if (event.type === "index") this.#onIndex(event);
    else if (event.type === "market") this.#onMarket(event.market);
    else if (event.type === "settlement") this.#onSettlement(event);
  }

  /**
   * The stand-ins at the whole second that has just begun: none for an underlying whose index is published, or whose venues
   * are all silent or wrong. One venue alone shows as `venues: 1` and is a poor stand-in. To be called in each second, also
   * while nobody needs them: without own values of a minute nothing can be learnt from its average.
   */
  onSecond(nowMs: Ms): IndexTick[] {
    const atMs = Math.floor(nowMs / 1000) * 1000;
    if (atMs <= this.#atMs) return [];
    this.#atMs = atMs;
    return this.#assets.flatMap((asset) => {
      const value = asset.proxy.onSecond(atMs);
      this.#learnPrints(asset, atMs);
      if (value === null || atMs - asset.indexMs < INDEX_FRESH_MS) return [];
      return [
        {
          type: "index",
          indexId: asset.underlying.indexId,
          valueUsd: value.valueUsd,
          avg60Usd: null,
          windowAvgUsd: null,
          windowCount: null,
          proxy: value.facts,
          exchangeMs: atMs,
          recvMs: nowMs,
        },
      ];
    });
  }

  #onVenue(event: SpotTick | SpotDepth): void {
    if (!CONSTITUENTS.has(event.source)) return;
    const asset = this.#assets.find(({ underlying }) => underlying.product === event.product);
    if (event.type === "depth") asset?.proxy.onDepth(event);
    // A trade says at most where the other side of the spread is.
    else if (event.kind === "quote") asset?.proxy.onQuote(event);
  }

  #onGap({ source, tickers, toSeq }: FeedGap): void {
    for (const { proxy, underlying } of this.#assets) {
      const isNamed = tickers.includes(underlying.product);
      // What has no last number lasts: whatever the venue said of this product may be another thing by now.
      if (toSeq === null && (isNamed || tickers.length === 0)) proxy.onOutage(source);
      else if (isNamed) proxy.onHole(source);
    }
  }

  #onIndex({ exchangeMs, indexId, proxy, recvMs, valueUsd }: IndexTick): void {
    const asset = this.#assets.find(({ underlying }) => underlying.indexId === indexId);
    if (asset === undefined || proxy !== null) return;
    asset.prints.set(exchangeMs, valueUsd);
    // A late value is history: the present one is not known.
    if (recvMs - exchangeMs <= INDEX_FRESH_MS) asset.indexMs = recvMs;
  }

  /** Once a minute, the mean of the exchange's own prints. */
  #learnPrints({ prints, proxy }: Asset, atMs: Ms): void {
    const endMs = atMs - PRINTS_LATE_S * 1000;
    if (endMs % 60_000 !== 0) return;
    const average = prints.minuteMean(endMs);
    if (average !== null) proxy.learn(average, endMs);
  }

  /** The strike of a 15-minute market is the average of the minute before it opens. */
  #onMarket(market: Market): void {
    const product = underlyingOf(market.seriesTicker)?.product;
    const asset = this.#assets.find(({ underlying }) => underlying.product === product);
    if (asset === undefined) return;
    this.#remember(market.eventTicker, { asset, atMs: market.closeMs });
    if (isUpDown(market) && market.floorUsd !== null) learn(asset, market.floorUsd, market.openMs);
  }

  #remember(eventTicker: string, close: Close): void {
    this.#closes.set(eventTicker, close);
    const [oldest] = this.#closes.keys();
    if (this.#closes.size > EVENTS_MAX && oldest !== undefined) this.#closes.delete(oldest);
  }

  #onSettlement({ eventTicker, expirationValue, final }: Settlement): void {
    const close = this.#closes.get(eventTicker);
    if (close === undefined || expirationValue === null || !final) return;
    learn(close.asset, Number(expirationValue), close.atMs);
  }
}

function learn({ proxy }: Asset, averageUsd: Usd, endMs: Ms): void {
  if (averageUsd > 0 && Number.isFinite(averageUsd)) proxy.learn(averageUsd, endMs);
}
