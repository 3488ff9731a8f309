import { WebSocket } from "ws";
import { isObject, parseObject } from "../../../src/exchange/replay/read-capture.ts";
import { BOOK_SID, frameMs, START_MS, TICKER_SID } from "../frames.ts";
import type { PathRun } from "../path-run.ts";
import {
  benchAsset,
  benchCandles,
  benchMarkets,
  FRAMES_PER_SPOT,
  spotBefore,
} from "../path-world.ts";
import { LimitMarket, LimitModel } from "./model.ts";
import { DELTA, PackWriter, SNAPSHOT, SPOT, TICKER } from "./packs.ts";
import { DeltaScanner } from "./scan.ts";

type Json = Readonly<Record<string, unknown>>;

/** The whole path written for speed alone: one function from bytes to packed rows. */
export function runLimit(run: PathRun, tickers: readonly string[]): Promise<void> {
  const limit = new LimitPath(run.db, tickers);
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(run.url, { perMessageDeflate: false, skipUTF8Validation: true });
    const channels = ["orderbook_delta", "ticker"];
    let acks = channels.length;
    let frames = 0;
    socket.on("open", () => {
      for (const [id, channel] of channels.entries()) {
        const params = { channels: [channel], market_tickers: tickers };
        socket.send(JSON.stringify({ id, cmd: "subscribe", params }));
      }
    });
    socket.on("error", reject);
    socket.on("message", (data: Buffer) => {
      // The same clock read that the product pays for.
      Date.now();
      if (acks > 0) {
        acks--;
        return;
      }
      limit.take(data, frames);
      run.decided(frames++);
      if (frames < run.count) return;
      socket.terminate();
      limit.flush();
      run.stored();
      limit.close();
      resolve();
    });
  });
}

class LimitPath {
  readonly #packs: PackWriter;
  readonly #scanner: DeltaScanner;
  readonly #model: LimitModel;
  readonly #places: ReadonlyMap<string, number>;
  #seq = 0;
  #second = Math.floor(START_MS / 1000);

  constructor(db: string, tickers: readonly string[]) {
    const packs = new PackWriter(db);
    this.#packs = packs;
    this.#scanner = new DeltaScanner(tickers);
    this.#places = new Map(tickers.map((ticker, place) => [ticker, place]));
    const markets = benchMarkets(tickers).map(
      ({ market }, place) => new LimitMarket(market, place),
    );
    const { state, law } = benchAsset();
    this.#model = new LimitModel({ markets, asset: state, law, packs, startMs: START_MS });
    for (const candle of benchCandles()) this.#model.candle(candle);
  }

  flush(): void {
    this.#packs.flush();
  }

  close(): void {
    this.#packs.close();
  }

  take(data: Buffer, frame: number): void {
    const nowMs = frameMs(frame);
    if (frame % FRAMES_PER_SPOT === 0) this.#spot(frame, nowMs);
    this.#advance(nowMs);
    if (this.#scanner.scan(data)) this.#delta(nowMs);
    else this.#other(parseObject(data.toString()) ?? {}, nowMs);
  }

  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    while (this.#second < second) this.#model.second(++this.#second * 1000);
  }

  #spot(frame: number, nowMs: number): void {
    const tick = spotBefore(frame);
    this.#advance(nowMs);
    const packs = this.#packs;
    packs.begin(SPOT);
    packs.put(nowMs - START_MS);
    packs.put(Math.round(tick.priceUsd * 100));
    packs.put(Math.round((tick.bidUsd ?? 0) * 100));
    packs.put(Math.round((tick.askUsd ?? 0) * 100));
    packs.put(tick.recvMs - (tick.exchangeMs ?? 0));
    packs.put(tick.size);
    this.#model.spot(tick);
  }

  #delta(nowMs: number): void {
    const { market, seq, isYes, price, delta, exchangeMs } = this.#scanner.found;
    const state = this.#model.markets[market];
    if (state === undefined || seq !== this.#seq + 1) throw new Error(`a hole before ${seq}`);
    this.#seq = seq;
    const packs = this.#packs;
    packs.begin(DELTA);
    packs.put(nowMs - START_MS);
    packs.put(market);
    packs.put(seq);
    packs.put(isYes ? price : -1 - price);
    packs.put(delta);
    packs.put(nowMs - exchangeMs);
    this.#model.heard(exchangeMs, nowMs);
    if (state.add(isYes, price, delta)) this.#model.evaluate(state, nowMs);
  }

  #other(frame: Json, nowMs: number): void {
    const { msg } = frame;
    if (!isObject(msg)) throw new Error("a frame without a message");
    const place = this.#places.get(String(msg["market_ticker"]));
    const market = place === undefined ? undefined : this.#model.markets[place];
    if (market === undefined) throw new Error("a frame of an unknown market");
    if (frame["sid"] === TICKER_SID) this.#ticker(market.place, msg, nowMs);
    else if (frame["sid"] === BOOK_SID) this.#snapshot(market, frame, nowMs);
    this.#model.heard(null, nowMs);
    if (frame["sid"] === BOOK_SID && market.touchChanged()) this.#model.evaluate(market, nowMs);
  }

  #ticker(place: number, msg: Json, nowMs: number): void {
    const packs = this.#packs;
    packs.begin(TICKER);
    packs.put(nowMs - START_MS);
    packs.put(place);
    for (const name of ["yes_bid_dollars", "yes_ask_dollars", "price_dollars"]) {
      packs.put(scaled(msg[name], 1e4));
    }
    for (const name of ["yes_bid_size_fp", "yes_ask_size_fp", "volume_fp", "open_interest_fp"]) {
      packs.put(scaled(msg[name], 100));
    }
    packs.put(nowMs - Number(msg["ts_ms"]));
  }

  #snapshot(market: LimitMarket, frame: Json, nowMs: number): void {
    const { msg } = frame;
    if (!isObject(msg)) return;
    this.#seq = Number(frame["seq"]);
    const packs = this.#packs;
    packs.begin(SNAPSHOT);
    packs.put(nowMs - START_MS);
    packs.put(market.place);
    packs.put(this.#seq);
    market.clear();
    packs.text(fill(market, true, msg["yes_dollars_fp"]));
    packs.text(fill(market, false, msg["no_dollars_fp"]));
  }
}

function fill(market: LimitMarket, isYes: boolean, levels: unknown): string {
  const side = isYes ? market.yes : market.no;
  let best = 0;
  for (const level of Array.isArray(levels) ? levels : []) {
    if (!Array.isArray(level)) throw new Error("a level that is no pair");
    const at = Math.round(Number(level[0]) * 1e4);
    side[at] = Math.round(Number(level[1]) * 100);
    if (at > best) best = at;
  }
  if (isYes) market.bestYes = best;
  else market.bestNo = best;
  return JSON.stringify(levels ?? []);
}

function scaled(value: unknown, scale: number): number | null {
  return value === undefined || value === null ? null : Math.round(Number(value) * scale);
}
