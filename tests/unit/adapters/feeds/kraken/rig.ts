import { krakenSpec } from "../../../../../src/adapters/feeds/kraken/feed.ts";
import type { VirtualClock } from "../../../../../src/adapters/platform/virtual-clock.ts";
import type { MarketEvent } from "../../../../../src/core/events.ts";
import type { Feed } from "../../../../../src/ports.ts";
import { advance, FakeHttp, FakeNetwork, newClock, noJitter } from "../../fakes.ts";

export const TIME = "2026-08-17T04:45:00.500000Z";
export const STATUS =
  '{"channel":"status","type":"update","data":[{"api_version":"v2","connection_id":13834774380200032777,"system":"online","version":"2.0.10"}]}';
export const HEARTBEAT = '{"channel":"heartbeat"}';

/** The feed for BTC and SOL over sockets in memory; the test is Kraken. */
export class KrakenRig {
  readonly clock: VirtualClock = newClock();
  readonly network = new FakeNetwork(this.clock);
  readonly events: MarketEvent[] = [];
  readonly stop = new AbortController();
  readonly feed: Feed;

  constructor(level2: boolean) {
    this.feed = krakenSpec.create({
      urls: { ws: "wss://kraken", rest: "", futures: "" },
      products: ["BTC-USD", "SOL-USD"],
      level2,
      openSocket: this.network.openSocket,
      http: new FakeHttp(() => new Error("no REST here")),
      clock: this.clock,
      rng: noJitter,
    });
  }

  run(): Promise<void> {
    return this.feed.run((event) => this.events.push(event), this.stop.signal);
  }

  /** Lets time pass on a connection that has nothing else to say. */
  async quiet(seconds: number): Promise<void> {
    for (let each = 0; each < seconds; each++) {
      await advance(this.clock, 1000);
      this.network.last.push(HEARTBEAT);
    }
  }

  rejected(reason: string): number {
    return this.feed.stats.rejected.get(reason) ?? 0;
  }
}

export function ticker(symbol: string, changes: object = {}): Record<string, unknown> {
  const item = { symbol, bid: 100.1, ask: 100.3, last: 100.2, timestamp: TIME, ...changes };
  return { channel: "ticker", type: "update", data: [item] };
}
