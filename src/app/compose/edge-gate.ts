import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { ProofVerdict } from "../../core/proof/proof.ts";
import type { Money } from "../../core/units.ts";
import { tradingStrategies } from "../../strategies/registry.ts";
import type { Environment } from "./environment.ts";
import { readEvidence } from "./proof.ts";

interface StrategyVerdict {
  readonly strategy: string;
  readonly verdict: Pick<ProofVerdict, "name" | "reason">;
}

interface Question {
  readonly path: string;
  readonly strategies: readonly string[];
  readonly series: readonly string[];
  readonly stamp: Environment["stamp"];
}

const NO_FILE: StrategyVerdict["verdict"] = { name: "NOISY", reason: "nothing was evaluated yet" };

/** What `kbt calibrate` says of each strategy alone, from what it did on paper and live; replays are no proof here. */
export function edgeVerdicts({ path, series, stamp, strategies }: Question): StrategyVerdict[] {
  try {
    const reader = openReader(path);
    try {
      // Rows of another environment say nothing about this one; the file is refused later.
      const isOurs = reader.env === stamp;
      return strategies.map((strategy) => ({
        strategy,
        verdict: isOurs ? verdictOn(reader, strategy, series) : NO_FILE,
      }));
    } finally {
      reader.close();
    }
  } catch (error) {
    if (!(error instanceof KbtError && error.code === "DB_MISSING")) throw error;
    return strategies.map((strategy) => ({ strategy, verdict: NO_FILE }));
  }
}

function verdictOn(
  reader: Reader,
  strategy: string,
  series: readonly string[],
): StrategyVerdict["verdict"] {
  return readEvidence(reader, { filter: { strategies: [strategy], series }, isForward: true }).proof
    .verdict;
}

/** What opens the gate; empty while it is open: confirmed, or too small to matter. */
export function edgeNeeded(
  config: Config,
  { stamp, strategies: asked }: Pick<Question, "stamp" | "strategies">,
): string {
  const strategies = tradingStrategies(config, asked);
  if (strategies.every((name) => isFloorSize(fieldsOf(config.strategy, name)))) return "";
  const verdicts = edgeVerdicts({
    path: config.storage.db_path,
    strategies,
    series: config.kalshi.series,
    stamp,
  });
  const open = verdicts.filter(({ verdict }) => verdict.name !== "CONFIRMED");
  if (open.length === 0) return "";
  const said = open.map(({ strategy, verdict }) => `${strategy} is ${verdict.name}`).join(", ");
  return `a CONFIRMED verdict of kbt calibrate on this database (${said}), or orders of one contract`;
}

const DOLLAR_CENTS = 100;
const MICRO_DOLLARS_PER_CENT = 10_000;

/** The same of a purchase by hand, of which no verdict says anything. */
export function floorNeeded(maxCost: Money): string {
  return maxCost <= DOLLAR_CENTS * MICRO_DOLLARS_PER_CENT
    ? ""
    : "at most 100 cents: no verdict of kbt calibrate is about an order by hand";
}

/** No order is larger than one contract, or dearer than a dollar: what is lost there is the price of finding out. */
export function isFloorSize(settings: Readonly<Record<string, unknown>>): boolean {
  const { contracts, max_cost_cents: maxCents, max_cost_usd: maxUsd, sizing } = settings;
  const isFixed = sizing === undefined || sizing === "contracts";
  if (isFixed && contracts !== undefined) return contracts === 1;
  const dearest = typeof maxUsd === "number" ? maxUsd * DOLLAR_CENTS : maxCents;
  return typeof dearest === "number" && dearest <= DOLLAR_CENTS;
}

function fieldsOf(settings: Config["strategy"], name: string): Readonly<Record<string, unknown>> {
  const entry = Object.entries(settings).find(([key]) => key === name);
  return entry === undefined ? {} : { ...entry[1] };
}
