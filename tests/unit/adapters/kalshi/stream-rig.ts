import type { LifecycleFact } from "../../../../src/adapters/kalshi/map.ts";
import { createKalshiStream, type KalshiStream } from "../../../../src/adapters/kalshi/stream.ts";
import type { VirtualClock } from "../../../../src/adapters/platform/virtual-clock.ts";
import type { FeedGap, MarketEvent } from "../../../../src/core/events.ts";
import type { OpenSocket } from "../../../../src/ports.ts";
import { FakeNetwork, newClock, noJitter } from "../fakes.ts";

export const SIDS: Readonly<Record<string, number>> = {
  market_lifecycle_v2: 1,
  cfbenchmarks_value: 2,
  orderbook_delta: 3,
  trade: 4,
  ticker: 5,
};

export function snapshot(ticker: string, seq: number, id?: number): Record<string, unknown> {
  const msg = { market_ticker: ticker, yes_dollars_fp: [["0.4000", "10.00"]] };
  return { type: "orderbook_snapshot", sid: 3, seq, msg, ...(id === undefined ? {} : { id }) };
}

/** With its keys as the exchange writes them, so that it is read from its bytes. */
export function delta(ticker: string, seq: number, size = "1.00"): Record<string, unknown> {
  const market = { market_ticker: ticker, market_id: "00000000-0000-4000-8000-000000000001" };
  const change = { price_dollars: "0.4000", delta_fp: size, side: "yes" };
  const msg = { ...market, ...change, ts: "1970-01-01T00:00:00.001Z", ts_ms: 1 };
  return { type: "orderbook_delta", sid: 3, seq, msg };
}

export function trade(seq: number): Record<string, unknown> {
  const price = { yes_price_dollars: "0.5", count_fp: "1", taker_side: "yes" };
  return { type: "trade", sid: 4, seq, msg: { trade_id: `t${seq}`, market_ticker: "A", ...price } };
}

/** A stream on a network in memory, with everything it says. */
export class StreamRig {
  readonly clock: VirtualClock = newClock();
  readonly network = new FakeNetwork(this.clock);
  readonly events: MarketEvent[] = [];
  readonly facts: LifecycleFact[] = [];
  readonly stop = new AbortController();
  readonly stream: KalshiStream;
  missed = 0;
  running: Promise<void> = Promise.resolve();

  constructor(openSocket?: OpenSocket) {
    this.stream = createKalshiStream({
      url: "wss://h/trade-api/ws/v2",
      openSocket: openSocket ?? this.network.openSocket,
      signer: null,
      clock: this.clock,
      rng: noJitter,
    });
  }

  start(event: (event: MarketEvent) => void = (one) => this.events.push(one)): void {
    const lifecycle = (fact: LifecycleFact): void => {
      this.facts.push(fact);
    };
    const missed = (): void => {
      this.missed++;
    };
    this.running = this.stream.run(
      { event, lifecycle, missed, connected: () => {} },
      this.stop.signal,
    );
  }

  /** Connected and acknowledged, with these markets and one index. */
  connect(...tickers: string[]): void {
    this.stream.setMarkets(tickers);
    this.stream.setIndices(["BRTI"]);
    this.start();
    this.network.last.open();
    this.network.last.acknowledge(SIDS);
  }

  get gaps(): FeedGap[] {
    return this.events.filter((event) => event.type === "gap");
  }
}
