import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { isObject, parseObject, readCapture } from "../../src/exchange/replay/read-capture.ts";
import type { WorldBook } from "../../src/exchange/world.ts";
import { MarketWatch } from "./market-watch.ts";
import type { Measured, SpotPrice } from "./statistics.ts";

type Json = Readonly<Record<string, unknown>>;

function text(msg: Json, field: string): string {
  const value = msg[field];
  if (typeof value !== "string") throw new TypeError(`the frame has no text '${field}'`);
  return value;
}

/** Decimal dollars or counts to integers of their last place. */
function scaled(value: unknown, scale: number): number {
  return Math.round(Number(value) * scale);
}

function levelsOf(value: unknown): [number, number][] {
  if (!Array.isArray(value)) return [];
  return value.map((level: unknown) => {
    if (!Array.isArray(level)) throw new TypeError("a level is no pair");
    return [scaled(level[0], 10_000), scaled(level[1], 100)];
  });
}

function bookOf(msg: Json): WorldBook {
  return { yes: levelsOf(msg["yes_dollars_fp"]), no: levelsOf(msg["no_dollars_fp"]) };
}

function watchFrame(watch: MarketWatch, frame: Json, heardMs: number): void {
  const { type, msg } = frame;
  if (!isObject(msg)) return;
  const atMs = Number(msg["ts_ms"]);
  if (type === "orderbook_snapshot") watch.snapshot(bookOf(msg), heardMs);
  else if (type === "orderbook_delta") {
    watch.delta({
      side: msg["side"] === "yes" ? "yes" : "no",
      priceCc: scaled(msg["price_dollars"], 10_000),
      deltaCq: scaled(msg["delta_fp"], 100),
      atMs,
      stamp: text(msg, "ts"),
      heardMs,
    });
  } else if (type === "ticker") {
    const volumeCq = scaled(msg["volume_fp"], 100);
    watch.tickers.push({ atMs, volumeCq, lastTradeCq: scaled(msg["last_trade_size_fp"], 100) });
  }
}

function measureFile(file: string): MarketWatch[] {
  const capture = readCapture(file);
  const watches = new Map<string, MarketWatch>();
  for (const line of capture.lines) {
    if (line.kind === "market") watches.set(line.ticker, new MarketWatch(line.closeMs));
    if (line.kind !== "frame") continue;
    const frame = parseObject(capture.bytes.toString("utf8", line.start, line.end))?.["frame"];
    const watch = watches.get(line.ticker);
    if (watch !== undefined && isObject(frame)) watchFrame(watch, frame, line.recvMs);
  }
  return [...watches.values()];
}

function spotPrices(folder: string): SpotPrice[] {
  const prices: SpotPrice[] = [];
  const files = readdirSync(folder).filter((name) => /^coinbase_btcusd_matches_\d+/.test(name));
  for (const name of files) {
    const rows = gunzipSync(readFileSync(path.join(folder, name)))
      .toString()
      .split("\n");
    const columns = (rows.shift() ?? "").split(",");
    const [heard, price] = [columns.indexOf("local_recv_ns"), columns.indexOf("price")];
    for (const row of rows) {
      const cells = row.split(",");
      if (cells.length < columns.length) continue;
      prices.push({ atMs: Number(cells[heard]) / 1e6, price: Number(cells[price]) });
    }
  }
  return prices.toSorted((a, b) => a.atMs - b.atMs);
}

/** The KXBTC15M captures and the Coinbase trades recorded beside them; `data` is the folder with `kalshi/` and `spot/`. */
export function measureCaptures(data: string): Measured {
  const folder = path.join(data, "kalshi/ws-btc15m");
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl.gz"));
  return {
    markets: files.flatMap((name) => measureFile(path.join(folder, name))),
    spot: spotPrices(path.join(data, "spot")),
  };
}
