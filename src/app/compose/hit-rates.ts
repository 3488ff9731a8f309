import { openReader } from "../../adapters/sqlite/open.ts";
import { type BandHits, bandHits } from "../../adapters/sqlite/queries/band-hits.ts";
import type { Config } from "../../config/schema.ts";
import { type HitRate, hitRateOf } from "../../core/candidate.ts";
import { KbtError } from "../../core/errors.ts";
import { DAY_MS } from "../../core/iso-time.ts";
import { price } from "../../core/units.ts";
import type { Environment } from "./environment.ts";

const STRATEGY = "farthest-band";
/** Older results tell of another market. */
const PAST_DAYS = 90;

/**
 * How often markets that were asked for within farthest-band's band were worth it, by series; read once each, and null
 * for every other strategy and without a database of this environment.
 */
export function hitRates(
  config: Config,
  env: Environment,
): (strategy: string, seriesTicker: string) => HitRate | null {
  const known = new Map<string, HitRate | null>();
  return (strategy, series) => {
    if (strategy !== STRATEGY) return null;
    // Nothing seen is an answer too: to find it takes as long as any other.
    if (!known.has(series)) known.set(series, read(config, env, series));
    return known.get(series) ?? null;
  };
}

function read(config: Config, env: Environment, series: string): HitRate | null {
  const { ask_max_cents: max, ask_min_cents: min, side } = config.strategy[STRATEGY];
  const sinceMs = env.clock.nowMs() - PAST_DAYS * DAY_MS;
  const band = { series, side, askMin: cents(min), askMax: cents(max), sinceMs };
  const hits = seen(config.storage.db_path, env, band);
  return hits === null ? null : hitRateOf(hits);
}

const cents = (value: number) => price(Math.round(value * 100));

function seen(
  path: string,
  env: Environment,
  band: Parameters<typeof bandHits>[1],
): BandHits | null {
  try {
    const reader = openReader(path);
    try {
      return reader.env === env.stamp ? bandHits(reader, band) : null;
    } finally {
      reader.close();
    }
  } catch (error) {
    // No database, or one that nobody can read now: nothing was seen.
    if (error instanceof KbtError) return null;
    throw error;
  }
}
