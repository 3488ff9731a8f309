import { existsSync } from "node:fs";
import { openReader } from "../../adapters/sqlite/open.ts";
import { newestModel } from "../../adapters/sqlite/queries/models.ts";
import type { Config } from "../../config/schema.ts";
import { parseMap, type RecalibrationMap } from "../../core/calibration/maps.ts";
import { underlyingOf } from "../../core/market.ts";
import type { Ms } from "../../core/units.ts";
import { pricingOf } from "./pricing.ts";

/** A map in use, named so that a run can say with what it decided. */
interface LoadedMap {
  readonly modelId: number;
  readonly version: string;
  readonly map: RecalibrationMap;
}

export interface LoadedMaps {
  readonly maps: ReadonlyMap<string, LoadedMap>;
  /** What the configuration asks for and is not there: the probability of such a series is left as it is. */
  readonly warnings: readonly string[];
}

/**
 * The accepted maps that `model.recalibration` asks for, by series, fitted only on what was over before `nowMs`: the
 * start of the run, or of what is replayed. A map of another version of the pricing model corrects faults that this one
 * does not have, and is none. Nothing is opened while it is off.
 */
export function loadRecalibration(
  config: Config,
  { nowMs, series }: { readonly series: readonly string[]; readonly nowMs: Ms },
): LoadedMaps {
  const kind = config.model.recalibration;
  const path = config.storage.db_path;
  const maps = new Map<string, LoadedMap>();
  if (kind === "off" || series.length === 0) return { maps, warnings: [] };
  const pricing = pricingOf(config);
  const others: string[] = [];
  if (existsSync(path)) {
    const reader = openReader(path);
    try {
      for (const ticker of series) {
        const model = newestModel(reader, kind, ticker, nowMs);
        const map = parseMap(model?.params);
        if (model === null || map === null || underlyingOf(ticker) === undefined) continue;
        if (pricingIn(model.params) !== pricing.of(ticker).version) others.push(ticker);
        else maps.set(ticker, { modelId: model.modelId, version: model.version, map });
      }
    } finally {
      reader.close();
    }
  }
  const none = series.filter((ticker) => !(maps.has(ticker) || others.includes(ticker)));
  return { maps, warnings: warningsOf(kind, { none, others }) };
}

function pricingIn(params: unknown): unknown {
  return typeof params === "object" && params !== null && "pricing" in params
    ? params.pricing
    : null;
}

/** One warning, whatever is missing. */
function warningsOf(
  kind: string,
  { none, others }: { readonly none: readonly string[]; readonly others: readonly string[] },
): string[] {
  const why = [
    ...(none.length > 0 ? [`no accepted map of ${none.join(", ")} is on file`] : []),
    ...(others.length > 0
      ? [`that of ${others.join(", ")} was fitted to another version of the pricing model`]
      : []),
  ];
  if (why.length === 0) return [];
  return [
    `model.recalibration is ${kind}, but ${why.join("; ")}: the probability is used as it is (\`kbt calibrate fit --model ${kind}\` makes maps)`,
  ];
}
