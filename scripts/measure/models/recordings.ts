import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";

const TICK_DAYS = ["20260511", "20260513", "20260514", "20260515"];

/** One Coinbase trade, stamped by the exchange and by the recorder. */
export interface Trade {
  readonly exchangeMs: number;
  readonly recvMs: number;
  readonly priceUsd: number;
  readonly tradeId: string;
}

export interface Price {
  readonly atMs: number;
  readonly priceUsd: number;
}

/** A file of the folder of recordings; throws with its name when it is not there. */
export function readRecording(data: string, name: string): Buffer {
  const file = path.join(data, name);
  if (!existsSync(file)) throw new Error(`no recording at ${file}: name the folder with --data`);
  const bytes = readFileSync(file);
  return file.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

/** Cells of each line behind the header. */
export function csvRows(bytes: Buffer): string[][] {
  const lines = bytes.toString("utf8").trim().split("\n").slice(1);
  return lines.map((line) => line.trimEnd().split(","));
}

/** Every recorded Coinbase trade in the order of the recorder's clock. */
export function readTrades(data: string): Trade[] {
  const trades = TICK_DAYS.flatMap((day) =>
    csvRows(readRecording(data, `spot/coinbase_btcusd_matches_${day}.csv.gz`)).map(
      ([exchangeUs, tradeId, recvNs, price]) => ({
        exchangeMs: Math.floor(Number(exchangeUs) / 1000),
        recvMs: Math.floor(Number(recvNs) / 1e6),
        priceUsd: Number(price),
        tradeId: tradeId ?? "",
      }),
    ),
  );
  return trades.toSorted((a, b) => a.recvMs - b.recvMs);
}

/** A day of Chainlink's one-second BTC/USD values by their own stamps. */
export function readChainlink(data: string): Price[] {
  return csvRows(readRecording(data, "spot/chainlink_btcusd_ticks_20260608.csv.gz"))
    .map(([atMs, value]) => ({ atMs: Number(atMs), priceUsd: Number(value) }))
    .toSorted((a, b) => a.atMs - b.atMs);
}

/**
 * Strikes of the 15-minute markets by the time of their opening, as far as they are known for the minutes of the trades.
 * Each is the settlement value of the market before.
 */
export function readStrikes(data: string): Map<number, number> {
  const strikes = new Map<number, number>();
  for (const [openS, , strike] of csvRows(
    readRecording(data, "spot/kxbtc15m_strikes_at_tick_windows.csv"),
  )) {
    strikes.set(Number(openS) * 1000, Number(strike));
  }
  const index: unknown = JSON.parse(readRecording(data, "kalshi/ws-btc15m/index.json").toString());
  for (const row of Array.isArray(index) ? index : []) {
    strikes.set(Date.parse(row.close_time) - 900_000, Number(row.floor_strike));
  }
  return strikes;
}
