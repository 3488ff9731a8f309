import { createSigner } from "../../src/adapters/kalshi/auth.ts";
import { createLocalExchange, isRefusal } from "../../src/exchange/exchange.ts";
import { isObject, parseObject } from "../../src/exchange/replay/read-capture.ts";
import { createScenarioWorld } from "../../src/exchange/scenario/scenario-world.ts";

// Frames of the local exchange, for machines without the recordings and for the spot books of which there are none.

const KALSHI_PATH = "/trade-api/ws/v2";
const STEP_MS = 1000;
/** Exchange time after which the generators give up. */
const HOURS_MAX = 12;

/** One recorded or generated frame before it gets its place on the bench's connection. */
export interface RawFrame {
  readonly type: string;
  readonly ticker: string;
  readonly msg: object;
}

/** The frames of each market, from its first snapshot on. */
export function generatedKalshi(max: number): RawFrame[][] {
  const streams = new Map<string, RawFrame[]>();
  let count = 0;
  runExchange("kalshi", KALSHI_PATH, kalshiCommands(), (text) => {
    const frame = parseObject(text);
    const msg = frame?.["msg"];
    const type = String(frame?.["type"]);
    if (!isObject(msg) || !/^(?:orderbook_|ticker$)/.test(type)) return count < 2 * max;
    const ticker = String(msg["market_ticker"]);
    const stream = streams.get(ticker) ?? [];
    streams.set(ticker, stream);
    if (stream.length === 0 && type !== "orderbook_snapshot") return true;
    stream.push({ type, ticker, msg });
    count++;
    // Twice as many as wanted: only the busiest markets are taken.
    return count < 2 * max;
  });
  return [...streams.values()];
}

function kalshiCommands(): readonly object[] {
  return ["orderbook_delta", "ticker"].map((channel, id) => ({
    id: id + 1,
    cmd: "subscribe",
    params: { channels: [channel], market_tickers: "all" },
  }));
}

/** Frames of one Coinbase channel for BTC-USD, the snapshot first. */
export function generatedCoinbase(channel: "level2" | "ticker", max: number): string[] {
  const wireName = channel === "level2" ? "l2_data" : channel;
  const texts: string[] = [];
  const commands = [{ type: "subscribe", channel, product_ids: ["BTC-USD"] }];
  runExchange("coinbase", "/", commands, (text) => {
    if (text.startsWith(`{"channel":"${wireName}"`)) texts.push(text);
    return texts.length < max;
  });
  return texts;
}

/** Runs an exchange in memory with one client until `hear` has heard enough and returns false. */
function runExchange(
  kind: "kalshi" | "coinbase",
  path: string,
  commands: readonly object[],
  hear: (text: string) => boolean,
): void {
  const world = createScenarioWorld({ scenario: "edge", seed: 1 });
  const exchange = createLocalExchange({ world });
  const { keyId, privateKeyPem } = exchange;
  const headers = createSigner({ keyId, privateKeyPem }).sign(world.nowMs(), "GET", path);
  const listener = { goesOn: true };
  const answer = exchange.connect(
    kind,
    { path, headers: kind === "kalshi" ? headers : {} },
    {
      send(text) {
        if (listener.goesOn) listener.goesOn = hear(text);
      },
      close(code, reason) {
        throw new Error(`the local exchange closed with ${code} ${reason}`);
      },
      buffered: () => 0,
    },
  );
  if (isRefusal(answer)) throw new Error(`the local exchange refused with ${answer.status}`);
  const tickers = world.markets().map((market) => market.ticker);
  for (const command of commands) {
    answer.receive(JSON.stringify(command).replace('"all"', JSON.stringify(tickers)));
  }
  const endMs = world.startMs + HOURS_MAX * 3_600_000;
  for (let ms = world.nowMs(); listener.goesOn && ms < endMs; ms += STEP_MS) exchange.runUntil(ms);
}
