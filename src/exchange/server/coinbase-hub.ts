import type { Happening, World, WorldSpot, WorldSpotTrade } from "../world.ts";
import { tickerJson, tradeJson } from "./coinbase-frames.ts";
import { CoinbaseSession } from "./coinbase-session.ts";
import { SpotMemory } from "./spot-memory.ts";
import type { Connection, Peer } from "./types.ts";

/** All Coinbase connections, and the spot trades their snapshots and REST answers need. */
export class CoinbaseHub {
  readonly #memory: SpotMemory;
  readonly #world: World;
  readonly #sessions = new Set<CoinbaseSession>();

  constructor(world: World) {
    this.#world = world;
    this.#memory = new SpotMemory(world);
  }

  connect(peer: Peer): Connection {
    const session = new CoinbaseSession(this.#world, this.#memory, peer);
    this.#sessions.add(session);
    return {
      receive: (text) => {
        if (this.#sessions.has(session)) session.receive(text);
      },
      closed: () => {
        this.#sessions.delete(session);
      },
    };
  }

  /** Newest trades of a product, newest first. */
  recentTrades(product: string, limit: number): readonly WorldSpotTrade[] {
    return this.#memory.recent(product, limit);
  }

  nextTimerMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const session of this.#sessions) next = Math.min(next, session.timerMs);
    return next;
  }

  runTimers(nowMs: number): void {
    for (const session of this.#sessions) {
      if (session.timerMs > nowMs) continue;
      if (session.fireTimer()) continue;
      this.#sessions.delete(session);
    }
  }

  publish(happening: Happening): void {
    if (happening.type === "spot") this.#spot(happening.spot);
    else if (happening.type === "spotTrades") this.#spotTrades(happening.trades);
  }

  #spot(spot: WorldSpot): void {
    let event = "";
    for (const session of this.#sessions) {
      if (!session.isHearing("ticker", spot.product)) continue;
      if (event === "") {
        event = `{"type":"update","tickers":[${tickerJson(spot, this.#memory.day(spot))}]}`;
      }
      session.send("ticker", event);
    }
  }

  #spotTrades(trades: readonly WorldSpotTrade[]): void {
    const product = trades[0]?.product;
    if (product === undefined) return;
    this.#memory.remember(trades);
    let event = "";
    for (const session of this.#sessions) {
      if (!session.isHearing("market_trades", product)) continue;
      if (event === "") event = `{"type":"update","trades":[${trades.map(tradeJson).join(",")}]}`;
      session.send("market_trades", event);
    }
  }
}
