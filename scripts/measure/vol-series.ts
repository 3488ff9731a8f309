import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";

/** One recorded price path, and how it is looked at. */
export interface Series {
  readonly name: string;
  readonly asset: "BTC" | "SOL";
  readonly kind: "minutes" | "seconds";
  /** Counts in the sum over an asset: not two more venues of a week that is in it already. */
  readonly isPooled: boolean;
  /** Sampling step of the estimators and of the outcome they are held against, seconds. */
  readonly gridS: number;
  readonly timesMs: readonly number[];
  readonly prices: readonly number[];
}

const MINUTES: readonly (readonly [file: string, name: string, asset: "BTC" | "SOL"])[] = [
  ["binanceus_btcusd_1m_20230301_20230310", "BTC-USD 2023-03 Binance.US", "BTC"],
  ["binanceus_btcusdt_1m_20230301_20230310", "BTC-USDT 2023-03 Binance.US", "BTC"],
  ["binanceus_btcusdc_1m_20230301_20230310", "BTC-USDC 2023-03 Binance.US", "BTC"],
  ["binance_btcusdt_1m_20240212_20240317", "BTC 2024-02/03 Binance", "BTC"],
  ["binance_btcusdt_1m_20241130_20241229", "BTC 2024-12 Binance", "BTC"],
  ["binance_btcusdt_1m_20250301_20250401", "BTC 2025-03 Binance", "BTC"],
  ["binance_btcusdt_1m_20251212_20251219", "BTC 2025-12 Binance", "BTC"],
  ["binance_solusdt_1m_20240113_20240216", "SOL 2024-01/02 Binance", "SOL"],
  ["binance_solusdt_1m_20250301_20250401", "SOL 2025-03 Binance", "SOL"],
];
const COINBASE_DAYS = ["20260511", "20260513", "20260514", "20260515"];

/**
 * Every recorded spot series that is long enough to forecast from. Left out: six minutes of Binance's raw frames and
 * sixteen minutes of the 100 ms samples.
 */
export function readSeries(data: string): readonly Series[] {
  const folder = path.join(data, "spot");
  return [
    ...MINUTES.map((which) => candles(folder, which)),
    chainlink(folder),
    coinbase(folder),
    sol(folder),
  ];
}

function candles(folder: string, [file, name, asset]: (typeof MINUTES)[number]): Series {
  const rows = rowsOf(folder, `${file}.csv.gz`);
  return {
    name,
    asset,
    kind: "minutes",
    isPooled: !name.startsWith("BTC-USDT") && !name.startsWith("BTC-USDC"),
    gridS: 60,
    timesMs: rows.map(([openMs]) => Number(openMs) + 60_000),
    prices: rows.map((cells) => Number(cells[4])),
  };
}

function chainlink(folder: string): Series {
  const rows = rowsOf(folder, "chainlink_btcusd_ticks_20260608.csv.gz");
  const ticks = rows.map(([feedMs, value]) => [Number(feedMs), Number(value)] as const);
  return {
    name: "BTC 2026-06-08 Chainlink 1 Hz",
    asset: "BTC",
    kind: "seconds",
    isPooled: false,
    gridS: 5,
    ...sorted(ticks),
  };
}

function coinbase(folder: string): Series {
  const ticks = COINBASE_DAYS.flatMap((day) =>
    rowsOf(folder, `coinbase_btcusd_matches_${day}.csv.gz`).map(
      ([atUs, , , price]) => [Math.floor(Number(atUs) / 1000), Number(price)] as const,
    ),
  );
  return {
    name: "BTC 2026-05 Coinbase trades",
    asset: "BTC",
    kind: "seconds",
    isPooled: false,
    gridS: 5,
    ...sorted(ticks),
  };
}

function sol(folder: string): Series {
  const ticks = rowsOf(folder, "sol_spot_1s_kxsol15m_20260817.csv.gz")
    .filter((cells) => cells[2] === "1")
    .map(([atMs, price]) => [Number(atMs), Number(price)] as const);
  return {
    name: "SOL 2026-08 in bursts",
    asset: "SOL",
    kind: "seconds",
    isPooled: false,
    gridS: 15,
    ...sorted(ticks),
  };
}

function sorted(ticks: readonly (readonly [atMs: number, price: number])[]) {
  const inOrder = ticks.toSorted(([a], [b]) => a - b);
  return { timesMs: inOrder.map(([atMs]) => atMs), prices: inOrder.map(([, price]) => price) };
}

/** Cells of each line behind the header. */
function rowsOf(folder: string, name: string): string[][] {
  const file = path.join(folder, name);
  if (!existsSync(file)) throw new Error(`no recording at ${file}: name the folder with --data`);
  const lines = gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n").slice(1);
  return lines.map((line) => line.split(","));
}
