import { createLocalExchange, type LocalExchange } from "../../../../src/exchange/exchange.ts";
import type { FaultRule } from "../../../../src/exchange/faults/fault-rule.ts";
import { deltaAt, START_MS, TICKER, TinyWorld } from "../../../support/tiny-world.ts";
import { TestSocket } from "../server/client.ts";

/** Ten deltas of one market, one a second. */
export function tinyExchange(rules: readonly FaultRule[] = [], seed = 1): LocalExchange {
  const steps = Array.from({ length: 10 }, (_, at) => deltaAt((at + 1) * 1000));
  return createLocalExchange({
    world: new TinyWorld({ steps }),
    faults: { rules, seed },
    hasWeeklyPause: false,
  });
}

/** A client with the book of `TICKER`, at sid 1 with the snapshot as its first frame. */
export function bookClient(exchange: LocalExchange): TestSocket {
  const socket = new TestSocket(exchange, "kalshi");
  socket.subscribe(1, ["orderbook_delta"], { market_tickers: [TICKER] });
  return socket;
}

/** `type:seq` of each frame, as far as it can be read. */
export function heard(socket: TestSocket): string[] {
  return socket.texts.map((text) => {
    try {
      const { type, seq } = JSON.parse(text);
      return `${String(type).replace("orderbook_", "")}:${seq ?? "-"}`;
    } catch {
      return "unreadable";
    }
  });
}

export function runFor(exchange: LocalExchange, ms: number): void {
  exchange.runUntil(START_MS + ms);
}
