import type * as z from "zod/mini";
import { KbtError } from "../core/errors.ts";
import { type Config, configSchema } from "./schema.ts";

/** The configuration as a run stored it, with what stands beside it there taken off. */
export interface StoredConfig {
  readonly config: Config;
  /** `sim_run`, `slippage` and the like: what else the run was told. */
  readonly beside: Readonly<Record<string, unknown>>;
}

/**
 * Reads `config_json` of a run; secrets are masked there and come back unset. Keys that came later have their defaults. A
 * `data` KbtError when this version cannot read it.
 */
export function readStoredConfig(json: string, runId: number): StoredConfig {
  const all: unknown = JSON.parse(json);
  const known = new Set(Object.keys(configSchema.shape));
  const entries = typeof all === "object" && all !== null ? Object.entries(all) : [];
  const own = Object.fromEntries(entries.filter(([key]) => known.has(key)));
  const parsed = configSchema.safeParse(withoutSecrets(own));
  if (!parsed.success) {
    throw new KbtError({
      kind: "data",
      code: "RUN_UNREADABLE",
      message: `the configuration of run ${runId} is not one that this version reads: ${firstProblem(parsed.error)}`,
      hint: "replay it with the version that recorded it; its number stands in runs.version",
    });
  }
  return {
    config: parsed.data,
    beside: Object.fromEntries(entries.filter(([key]) => !known.has(key))),
  };
}

function firstProblem({ issues }: z.core.$ZodError): string {
  const [first] = issues;
  return first === undefined ? "unknown" : `${first.path.join(".")}: ${first.message}`;
}

function withoutSecrets(config: Record<string, unknown>): Record<string, unknown> {
  const news = section(config["news"]);
  return {
    ...config,
    // Runs of before it did not store one.
    live: section(config["live"]),
    kalshi: { ...section(config["kalshi"]), api_key_id: null },
    notify: {},
    news: { ...news, twitter_bearer_token: null, newsapi_key: null, alphavantage_key: null },
  };
}

function section(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
