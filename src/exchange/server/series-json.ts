// The Series object with the field set of kalshi.md §2.2.

import type { WorldSeries } from "../world.ts";
import type { Records } from "./records.ts";
import type { Call } from "./route.ts";
import { utcText } from "./time-text.ts";

type Json = Readonly<Record<string, unknown>>;

const DAY_MS = 86_400_000;
export const SETTLEMENT_SOURCES = [
  { name: "CF Benchmarks", url: "https://www.cfbenchmarks.com/data/indices" },
];

/** A Series; its shard only says where new events go. */
export function seriesJson(call: Call, series: WorldSeries, records: Records): Json {
  const fee = records.fees.seriesFee(series, call.nowMs);
  return {
    ticker: series.ticker,
    frequency: series.frequency,
    title: series.title,
    category: "Crypto",
    categories: ["Crypto"],
    tags: seriesTags(series),
    settlement_sources: SETTLEMENT_SOURCES,
    contract_url: "https://assets.kalshi.com/regulatory/product-certifications/CRYPTO.pdf",
    contract_terms_url: "https://assets.kalshi.com/contract_terms/CRYPTO.pdf",
    fee_type: fee.feeType,
    fee_multiplier: fee.feeMultiplier,
    additional_prohibitions: null,
    last_updated_ts: utcText(seriesUpdatedMs(call, series, records)),
    exchange_index: 2,
  };
}

/** When the record of the series last changed: at a change of its fees, else at some time before the world began. */
export function seriesUpdatedMs(call: Call, series: WorldSeries, records: Records): number {
  const { sinceMs } = records.fees.seriesFee(series, call.nowMs);
  return sinceMs ?? Math.floor(call.world.startMs / DAY_MS) * DAY_MS;
}

export function seriesTags(series: WorldSeries): readonly string[] {
  const coin = series.indexId === "BRTI" ? "BTC" : (series.indexId.split("USD_", 1)[0] ?? "");
  return series.frequency === "fifteen_min" ? [coin, "15 min"] : [coin, "Hourly"];
}
