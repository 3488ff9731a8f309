import { existsSync } from "node:fs";
import { type DbEnv, openReader } from "../../adapters/sqlite/open.ts";
import { acceptedModels, type ModelRow } from "../../adapters/sqlite/queries/models.ts";
import type { Config } from "../../config/schema.ts";
import { type MapKind, parseMap, type RecalibrationMap } from "../../core/calibration/maps.ts";
import { KbtError } from "../../core/errors.ts";
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

interface MapsAsked {
  readonly series: readonly string[];
  /** Start of the run, or of what is replayed. */
  readonly nowMs: Ms;
  /** The exchange that is looked at: forecasts of another one say nothing of it. Left out, any. */
  readonly env?: DbEnv;
}

/**
 * The newest accepted maps that `model.recalibration` asks for, by series, fitted only on what was over before `nowMs`. A
 * map of another version of the pricing model corrects faults that this one does not have, and is none. Nothing is opened
 * while it is off; a database that cannot be read is one warning, because probabilities are good without a map.
 */
export function loadRecalibration(config: Config, asked: MapsAsked): LoadedMaps {
  const kind = config.model.recalibration;
  const { series } = asked;
  if (kind === "off" || series.length === 0) return { maps: new Map(), warnings: [] };
  const { maps, others, trouble } = readMaps(config, kind, asked);
  if (trouble !== null) return { maps, warnings: [warningOf(kind, trouble)] };
  const none = series.filter((ticker) => !(maps.has(ticker) || others.includes(ticker)));
  const why = [
    ...(none.length > 0 ? [`no accepted map of ${none.join(", ")} is on file`] : []),
    ...(others.length > 0
      ? [`that of ${others.join(", ")} was fitted to another version of the pricing model`]
      : []),
  ];
  return { maps, warnings: why.length > 0 ? [warningOf(kind, why.join("; "))] : [] };
}

interface ReadMaps {
  readonly maps: ReadonlyMap<string, LoadedMap>;
  /** Series that have maps, but of other versions of the pricing model only. */
  readonly others: readonly string[];
  /** Why nothing could be read; null otherwise. */
  readonly trouble: string | null;
}

function readMaps(config: Config, kind: MapKind, { env, nowMs, series }: MapsAsked): ReadMaps {
  const path = config.storage.db_path;
  const maps = new Map<string, LoadedMap>();
  if (!existsSync(path)) return { maps, others: [], trouble: null };
  try {
    const reader = openReader(path);
    try {
      if (env !== undefined && reader.env !== env) {
        return { maps, others: [], trouble: `${path} holds the exchange '${reader.env}'` };
      }
      const pricing = pricingOf(config);
      const others: string[] = [];
      for (const ticker of series) {
        if (underlyingOf(ticker) === undefined) continue;
        const { version } = pricing.of(ticker);
        const found = mapOf(acceptedModels(reader, kind, ticker, nowMs), version);
        if (found === "other") others.push(ticker);
        else if (found !== null) maps.set(ticker, found);
      }
      return { maps, others, trouble: null };
    } finally {
      reader.close();
    }
  } catch (error) {
    if (!(error instanceof KbtError)) throw error;
    return { maps: new Map(), others: [], trouble: error.message };
  }
}

/** The first map of this version of the pricing model; "other" when all are of others, null without any. */
function mapOf(models: readonly ModelRow[], pricing: string): LoadedMap | "other" | null {
  let found: "other" | null = null;
  for (const { modelId, params, version } of models) {
    const map = parseMap(params);
    if (map === null) continue;
    if (pricingIn(params) === pricing) return { modelId, version, map };
    found = "other";
  }
  return found;
}

function pricingIn(params: unknown): unknown {
  return typeof params === "object" && params !== null && "pricing" in params
    ? params.pricing
    : null;
}

function warningOf(kind: MapKind, why: string): string {
  return `model.recalibration is ${kind}, but ${why}: the probability is used as it is (\`kbt calibrate fit --model ${kind}\` makes maps)`;
}
