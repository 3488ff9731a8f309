// Coinbase trades that the same machine recorded in the same minutes as a capture. The two recordings are joined on the
// recorder's clock: it drifts against both exchanges, so joining on exchange time would shift one against the other.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import type { WorldCandle } from "../world.ts";
import { CaptureError } from "./capture-error.ts";
import { utcDayMs } from "./iso-time.ts";

/** One recorded trade. */
interface SpotRow {
  readonly recvMs: number;
  readonly atMs: number;
  readonly tradeId: number;
  readonly price: number;
}

export interface SpotTape {
  readonly product: string;
  /** Ascending by `recvMs`; begins up to ten minutes before the capture. */
  readonly rows: readonly SpotRow[];
  /** Index of the first row inside the capture; those before are history. */
  readonly firstLive: number;
}

const HISTORY_MS = 600_000;
const DAY_MS = 86_400_000;
const FILE_NAME = /^coinbase_([a-z]+)(usd)_matches_(?:.*?)(\d{4})(\d{2})(\d{2})\.csv\.gz$/;

/** Tapes of every product recorded beside the capture, ordered by product; empty when there are none. */
export function loadSpotTapes(capturePath: string, startMs: number, lastMs: number): SpotTape[] {
  const byProduct = new Map<string, SpotRow[]>();
  for (const { file, product } of findFiles(capturePath, startMs, lastMs)) {
    const rows = readRows(file, startMs - HISTORY_MS, lastMs);
    if (rows.length === 0) continue;
    byProduct.set(product, [...(byProduct.get(product) ?? []), ...rows]);
  }
  return [...byProduct]
    .map(([product, rows]) => toTape(product, rows, startMs))
    .toSorted((a, b) => (a.product < b.product ? -1 : 1));
}

function toTape(product: string, unsorted: readonly SpotRow[], startMs: number): SpotTape {
  const rows = unsorted.toSorted((a, b) => a.recvMs - b.recvMs || a.tradeId - b.tradeId);
  const firstLive = rows.findIndex((row) => row.recvMs >= startMs);
  return { product, rows, firstLive: firstLive < 0 ? rows.length : firstLive };
}

function findFiles(
  capturePath: string,
  startMs: number,
  lastMs: number,
): { file: string; product: string }[] {
  const folder = path.dirname(path.resolve(capturePath));
  const folders = [folder, path.join(folder, "../../spot"), path.join(folder, "../spot")];
  const found: { file: string; product: string }[] = [];
  for (const candidate of new Set(folders.map((each) => path.normalize(each)))) {
    if (!existsSync(candidate)) continue;
    for (const name of readdirSync(candidate).toSorted()) {
      const match = FILE_NAME.exec(name);
      if (match === null) continue;
      const dayMs = utcDayMs(Number(match[3]), Number(match[4]), Number(match[5]));
      if (dayMs + DAY_MS < startMs - HISTORY_MS || dayMs > lastMs) continue;
      const product = `${match[1]}-${match[2]}`.toUpperCase();
      found.push({ file: path.join(candidate, name), product });
    }
    if (found.length > 0) return found;
  }
  return found;
}

function readRows(file: string, fromMs: number, toMs: number): SpotRow[] {
  const rows: SpotRow[] = [];
  for (const line of unpack(file).split("\n")) {
    const cells = line.split(",");
    const recvMs = Number(cells[2]) / 1e6;
    if (!(recvMs >= fromMs && recvMs <= toMs + 1)) continue;
    const row = {
      recvMs,
      atMs: Math.floor(Number(cells[0]) / 1000),
      tradeId: Number(cells[1]),
      price: Number(cells[3]),
    };
    if (row.price > 0 && row.tradeId >= 0 && row.atMs > 0) rows.push(row);
  }
  return rows;
}

function unpack(file: string): string {
  try {
    return gunzipSync(readFileSync(file)).toString("latin1");
  } catch (cause) {
    throw new CaptureError(`The recorded trades ${file} cannot be read.`, { cause });
  }
}

/** Candles of the first `served` rows that had closed by `nowMs`; volume is 0 because the tape has no sizes. */
export function candlesOf(
  tape: SpotTape,
  served: number,
  range: { readonly fromS: number; readonly toS: number; readonly granularityS: number },
  nowMs: number,
): WorldCandle[] {
  const { granularityS } = range;
  const buckets = new Map<number, WorldCandle>();
  for (let index = 0; index < served; index++) {
    const row = tape.rows[index];
    if (row === undefined) break;
    const startS = Math.floor(row.atMs / 1000 / granularityS) * granularityS;
    if (startS < range.fromS || startS >= range.toS) continue;
    if ((startS + granularityS) * 1000 > nowMs) continue;
    const old = buckets.get(startS);
    buckets.set(startS, {
      startS,
      open: old?.open ?? row.price,
      high: Math.max(old?.high ?? row.price, row.price),
      low: Math.min(old?.low ?? row.price, row.price),
      close: row.price,
      volume: 0,
    });
  }
  return [...buckets.values()].toSorted((a, b) => a.startS - b.startS);
}
