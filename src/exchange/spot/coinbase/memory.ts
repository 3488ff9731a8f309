import type { World, WorldSpot, WorldSpotTrade } from "../../world.ts";
import type { DayStats } from "./frames.ts";

/** Trades in a `market_trades` snapshot. */
const RECENT_MAX = 100;
const DAY_S = 86_400;
const STATS_EVERY_MS = 60_000;
const STATS_CANDLE_S = 300;

interface Session {
  low: number;
  high: number;
  open: number;
  volume: number;
}

interface History {
  readonly atMs: number;
  readonly low: number;
  readonly high: number;
  readonly open: number | null;
  readonly volume: number;
}

/** What the Coinbase side remembers of the spot market: the newest trades and the figures of the day. */
export class SpotMemory {
  readonly #world: World;
  readonly #trades = new Map<string, WorldSpotTrade[]>();
  readonly #sessions = new Map<string, Session>();
  readonly #histories = new Map<string, History>();

  constructor(world: World) {
    this.#world = world;
    for (const product of world.products()) {
      this.#trades.set(product, [...(world.truth?.pastTrades(product) ?? [])]);
    }
  }

  remember(trades: readonly WorldSpotTrade[]): void {
    for (const trade of trades) {
      const list = this.#trades.get(trade.product) ?? [];
      if (list.length === 0) this.#trades.set(trade.product, list);
      list.push(trade);
      if (list.length > 2 * RECENT_MAX) list.splice(0, RECENT_MAX);
      this.#seen(trade.product, trade.price).volume += trade.size ?? 0;
    }
  }

  /** Newest trades of a product, newest first. */
  recent(product: string, limit = RECENT_MAX): readonly WorldSpotTrade[] {
    return (this.#trades.get(product) ?? []).slice(-limit).toReversed();
  }

  /** Figures of the last 24 hours: candles of the world where it has them, and what was seen since. */
  day(spot: WorldSpot): DayStats {
    const seen = this.#seen(spot.product, spot.price);
    const past = this.#history(spot.product);
    const open = past.open ?? seen.open;
    return {
      low: Math.min(seen.low, past.low),
      high: Math.max(seen.high, past.high),
      volume: seen.volume + past.volume,
      changePercent: (spot.price / open - 1) * 100,
    };
  }

  #seen(product: string, price: number): Session {
    const known = this.#sessions.get(product);
    if (known === undefined) {
      const session = { low: price, high: price, open: price, volume: 0 };
      this.#sessions.set(product, session);
      return session;
    }
    known.low = Math.min(known.low, price);
    known.high = Math.max(known.high, price);
    return known;
  }

  // Read again once a minute: a ticker follows every trade, and 288 candles for each would cost more than all the rest.
  #history(product: string): History {
    const nowMs = this.#world.nowMs();
    const known = this.#histories.get(product);
    if (known !== undefined && nowMs - known.atMs < STATS_EVERY_MS) return known;
    const startS = Math.floor(this.#world.startMs / 1000);
    const fromS = Math.floor(nowMs / 1000) - DAY_S;
    const candles = this.#world.candles(product, fromS, startS, STATS_CANDLE_S);
    const history = {
      atMs: nowMs,
      low: Math.min(...candles.map((candle) => candle.low)),
      high: Math.max(...candles.map((candle) => candle.high)),
      open: candles[0]?.open ?? null,
      volume: candles.reduce((sum, candle) => sum + candle.volume, 0),
    };
    this.#histories.set(product, history);
    return history;
  }
}
