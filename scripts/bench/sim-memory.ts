import { createSigner } from "../../src/adapters/kalshi/auth.ts";
import { createLocalExchange, isRefusal, type LocalExchange } from "../../src/exchange/exchange.ts";
import { isObject, parseObject } from "../../src/exchange/replay/read-capture.ts";
import { createScenarioWorld } from "../../src/exchange/scenario/scenario-world.ts";

const HOUR_MS = 3_600_000;

export interface MemoryHour {
  readonly hour: number;
  readonly heapMb: number;
  readonly rssMb: number;
  readonly messages: number;
}

/** Exchange hours in this process as fast as they go, heap after a collection at the end of each. */
export function* measureMemory(hours: number, hasClient: boolean): Generator<MemoryHour> {
  const world = createScenarioWorld({ scenario: "edge", seed: 1 });
  const exchange = createLocalExchange({ world });
  const client = hasClient ? connect(exchange) : { messages: 0 };
  for (let hour = 0; hour <= hours; hour++) {
    exchange.runUntil(world.startMs + hour * HOUR_MS);
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    yield { hour, heapMb: heapUsed / 1e6, rssMb: rss / 1e6, messages: client.messages };
  }
}

/** A client in memory that listens to everything, new markets included. */
function connect(exchange: LocalExchange): { readonly messages: number } {
  const { keyId, privateKeyPem, world } = exchange;
  const path = "/trade-api/ws/v2";
  const headers = createSigner({ keyId, privateKeyPem }).sign(world.nowMs(), "GET", path);
  const heard = { messages: 0 };
  const announced: string[] = [];
  const answer = exchange.connect(
    "kalshi",
    { path, headers },
    {
      send(text) {
        heard.messages++;
        if (text.startsWith('{"type":"market_l')) announced.push(...createdIn(text));
        else if (announced.length > 0) subscribe("orderbook_delta", announced.splice(0));
      },
      close() {
        throw new Error("the exchange closed the connection");
      },
      buffered: () => 0,
    },
  );
  if (isRefusal(answer)) throw new Error(`refused with ${answer.status}`);
  const subscribe = (channel: string, market_tickers?: readonly string[]): void =>
    answer.receive(
      JSON.stringify({ id: 1, cmd: "subscribe", params: { channels: [channel], market_tickers } }),
    );
  subscribe(
    "orderbook_delta",
    world.markets().map((market) => market.ticker),
  );
  for (const channel of ["ticker", "trade", "market_lifecycle_v2"]) subscribe(channel);
  return heard;
}

function createdIn(text: string): string[] {
  const msg = parseObject(text)?.["msg"];
  return isObject(msg) && msg["event_type"] === "created" ? [String(msg["market_ticker"])] : [];
}
