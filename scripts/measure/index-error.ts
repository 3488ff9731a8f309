import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import type { SpotTick } from "../../src/core/events.ts";
import { IndexProxy } from "../../src/core/index/proxy.ts";
import { aMarket } from "../../tests/support/builders.ts";

const DAYS = ["20260511", "20260513", "20260514", "20260515"];
/** Strikes are published a little after the minute that they average. */
const STRIKE_LATE_S = 5;
const SECONDS_MIN = 55;
/** A longer silence is the pause between two recordings. */
const PAUSE_S = 600;
const BTC = { asset: "BTC", indexId: "BRTI", product: "BTC-USD" } as const;

interface Trade {
  readonly atUs: number;
  readonly priceUsd: number;
}

/** One minute before a 15-minute market opened: how far the stand-in's mean was from the strike, basis points. */
export interface IndexError {
  readonly openS: number;
  readonly rawBp: number;
  readonly learnedBp: number;
  /** Something had been learnt by then. */
  readonly isInformed: boolean;
}

/**
 * Replays Coinbase's trades, each as a quote without spread, through a stand-in that learns from the strikes and one that
 * never hears of them. Trades are joined to seconds on the exchange's time: a second's value is that of the last trade up
 * to it, and a window is the sixty seconds of (open − 60 s, open].
 */
export function measureIndexProxy(data: string): readonly IndexError[] {
  const strikes = readStrikes(data);
  const trades = DAYS.flatMap((day) => readTrades(data, day));
  const raw = replay(trades, strikes, false);
  const learned = replay(trades, strikes, true);
  return [...raw].map(([openS, rawBp]) => {
    const learnedBp = learned.get(openS) ?? Number.NaN;
    return { openS, rawBp, learnedBp, isInformed: learnedBp !== rawBp };
  });
}

/** Errors in basis points by the opening second. */
function replay(
  trades: readonly Trade[],
  strikes: ReadonlyMap<number, number>,
  learns: boolean,
): Map<number, number> {
  const proxy = new IndexProxy([BTC]);
  const own = new Map<number, number>();
  const errors = new Map<number, number>();
  let second = 0;
  for (const trade of trades) {
    if (trade.atUs / 1e6 - second > PAUSE_S) second = Math.floor(trade.atUs / 1e6);
    for (; second * 1e6 < trade.atUs; second++) {
      const [tick] = proxy.onSecond(second * 1000);
      if (tick !== undefined) own.set(second, tick.valueUsd);
      const openS = second - STRIKE_LATE_S;
      const strikeUsd = strikes.get(openS);
      if (strikeUsd === undefined) continue;
      const mean = minuteMean(own, openS);
      if (mean !== null) errors.set(openS, (mean / strikeUsd - 1) * 10_000);
      const market = aMarket({
        openMs: openS * 1000,
        closeMs: openS * 1000 + 900_000,
        floorUsd: strikeUsd,
      });
      if (learns) proxy.observe({ type: "market", market, recvMs: second * 1000 });
    }
    proxy.observe(quoteOf(trade));
  }
  return errors;
}

function minuteMean(own: ReadonlyMap<number, number>, endS: number): number | null {
  const found: number[] = [];
  for (let second = endS - 59; second <= endS; second++) {
    const value = own.get(second);
    if (value !== undefined) found.push(value);
  }
  return found.length < SECONDS_MIN ? null : found.reduce((a, b) => a + b, 0) / found.length;
}

function quoteOf({ atUs, priceUsd }: Trade): SpotTick {
  const atMs = Math.floor(atUs / 1000);
  return {
    type: "spot",
    source: "coinbase",
    product: "BTC-USD",
    kind: "quote",
    priceUsd,
    bidUsd: priceUsd,
    askUsd: priceUsd,
    size: null,
    tradeId: null,
    exchangeMs: atMs,
    recvMs: atMs,
  };
}

function readTrades(data: string, day: string): Trade[] {
  const bytes = readData(data, `coinbase_btcusd_matches_${day}.csv.gz`);
  return rowsOf(gunzipSync(bytes)).map(([atUs, , , price]) => ({
    atUs: Number(atUs),
    priceUsd: Number(price),
  }));
}

function readStrikes(data: string): Map<number, number> {
  const rows = rowsOf(readData(data, "kxbtc15m_strikes_at_tick_windows.csv"));
  return new Map(
    rows.map(([openS, , strike]): [number, number] => [Number(openS), Number(strike)]),
  );
}

/** Cells of each line behind the header. */
function rowsOf(bytes: Buffer): string[][] {
  const lines = bytes.toString("utf8").trim().split("\n").slice(1);
  return lines.map((line) => line.split(","));
}

function readData(data: string, name: string): Buffer {
  const file = path.join(data, "spot", name);
  if (!existsSync(file)) throw new Error(`no recording at ${file}: name the folder with --data`);
  return readFileSync(file);
}
