import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { openReader } from "../../adapters/sqlite/open.ts";
import { activeLatches } from "../../adapters/sqlite/queries/runs.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { Money } from "../../core/units.ts";
import type { CommandContext, CommandResult, LiveOptions } from "../context.ts";
import { isDrilled } from "./drill-record.ts";
import { edgeNeeded, floorNeeded } from "./edge-gate.ts";
import type { Environment } from "./environment.ts";
import { isKilled, killFileOf } from "./kill-file.ts";

export interface Gate {
  readonly gate: string;
  readonly open: boolean;
  /** What opens it; empty for one that is open. */
  readonly need: string;
}

export interface GateFacts {
  readonly config: Config;
  readonly options: LiveOptions;
  readonly env: Pick<Environment, "stamp" | "signer">;
  readonly ctx: Pick<CommandContext, "env" | "homeDir" | "version">;
  /** What a purchase that no strategy makes may cost; null where strategies trade. */
  readonly byHand: Money | null;
  /** Both locks are held by this process. */
  readonly isLocked: boolean;
}

/** The configuration with the series that were confirmed, where some were: what nobody has named is not traded. */
export function confirmedOnly(config: Config, { confirmLive }: LiveOptions): Config {
  const { series } = config.kalshi;
  const confirmed = series.filter((one) => confirmLive?.includes(one));
  return confirmed.length === 0
    ? config
    : { ...config, kalshi: { ...config.kalshi, series: confirmed } };
}

/** Everything that must be true before the exchange is asked anything. What it says itself is looked at afterwards. */
export function liveGates(facts: GateFacts): readonly Gate[] {
  const { config, env, isLocked, options } = facts;
  const unconfirmed = config.kalshi.series.filter(
    (series) => !(options.confirmLive ?? []).includes(series),
  );
  const isReplay = options.sim?.scenario.startsWith("replay:") ?? false;
  return [
    gate("trading_enabled", config.risk.trading_enabled, "TRADING_ENABLED set to exactly 1"),
    gate("credentials", env.signer !== null, "KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH"),
    gate(
      "confirmation",
      // On the real exchange with real money nobody confirms what he has not named.
      unconfirmed.length === 0 || (options.yes && env.stamp !== "prod"),
      `--confirm-live ${config.kalshi.series.join(",")}`,
    ),
    gate("limits", badLimits(config).length === 0, badLimits(config).join(", ")),
    gate(
      "environment",
      badVariables(facts).length === 0,
      `without ${badVariables(facts).join(", ")}`,
    ),
    gate("host", badHosts(facts).length === 0, `not ${badHosts(facts).join(" nor ")}`),
    gate("market", !isReplay, "a market that answers: nothing can be bought in a recording"),
    gate("lock", isLocked, "the end of the other kbt live on this database or account"),
    ...latchGates(config, env),
    ...prodGates(facts),
  ];
}

function gate(name: string, open: boolean, need: string): Gate {
  return { gate: name, open, need: open ? "" : need };
}

/** A share of nothing is no limit that was meant. */
function badLimits({ risk }: Config): string[] {
  const limits: readonly [name: string, value: number][] = [
    ["risk.bankroll_usd", risk.bankroll_usd],
    ["risk.max_daily_loss_pct", risk.max_daily_loss_pct],
    ["risk.max_position_pct", risk.max_position_pct],
    ["risk.max_open_positions", risk.max_open_positions],
  ];
  return limits.filter(([, value]) => !(value > 0)).map(([name]) => `${name} above 0`);
}

/** What could show the key or the traffic to somebody (reliability.md part 5). */
function badVariables({ ctx, env }: GateFacts): string[] {
  if (env.stamp === "sim") return [];
  const variables = ctx.env;
  const bad: string[] = [];
  if (variables["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") bad.push("NODE_TLS_REJECT_UNAUTHORIZED=0");
  if ((variables["NODE_DEBUG"] ?? "") !== "") bad.push("NODE_DEBUG");
  const options = variables["NODE_OPTIONS"] ?? "";
  if (/--(?:inspect|require|import|report|heap)/.test(options)) bad.push("NODE_OPTIONS");
  return bad;
}

const HOSTS: Readonly<Record<"demo" | "prod", ReadonlySet<string>>> = {
  prod: new Set([
    "external-api.kalshi.com",
    "external-api-ws.kalshi.com",
    "api.elections.kalshi.com",
  ]),
  demo: new Set([
    "external-api.demo.kalshi.co",
    "external-api-ws.demo.kalshi.co",
    "demo-api.kalshi.co",
  ]),
};
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/;

/** Orders go to the exchange's own hosts, or to an exchange on this machine that is not taken for the real one (I37). */
function badHosts({ config, env }: GateFacts): string[] {
  const { stamp } = env;
  if (stamp === "sim") return [];
  const { rest_url: rest, ws_url: ws } = config.kalshi;
  return [rest, ws].flatMap((text) => {
    if (text === null) return [];
    const url = new URL(text);
    const isLocal = stamp !== "prod" && LOOPBACK.test(url.hostname);
    return isLocal || isOwnHost(stamp, text) ? [] : [url.host];
  });
}

/** Whether an address is one of the exchange's own, none where nothing else is configured. */
export function isOwnHost(stamp: "demo" | "prod", text: string | null): boolean {
  if (text === null) return true;
  const url = new URL(text);
  const isSafe = url.protocol === "https:" || url.protocol === "wss:";
  return isSafe && url.port === "" && HOSTS[stamp].has(url.hostname);
}

function latchGates(config: Config, { stamp }: GateFacts["env"]): Gate[] {
  const path = config.storage.db_path;
  const kinds = latchesOf(path, stamp);
  return [
    gate(
      "latch",
      kinds.length === 0,
      kinds.map((kind) => `kbt live reset ${kind} --reason TEXT`).join("; "),
    ),
    gate("kill", !isKilled(path), `kbt live reset kill --reason TEXT (${killFileOf(path)})`),
  ];
}

function latchesOf(path: string, stamp: Environment["stamp"]): string[] {
  try {
    const reader = openReader(path, { segments: false });
    try {
      // Rows of another environment are refused when the file is opened for the run.
      return reader.env === stamp ? activeLatches(reader, "live").map(({ kind }) => kind) : [];
    } finally {
      reader.close();
    }
  } catch (error) {
    const isNew = error instanceof KbtError && error.code === "DB_MISSING";
    // A file of an older schema is brought up to date first; it may hold a latch.
    if (isNew) return [];
    throw error;
  }
}

/** Real money waits for proofs. */
function prodGates({ byHand, config, ctx, env, options: { strategies } }: GateFacts): Gate[] {
  const { stamp } = env;
  if (stamp !== "prod") return [];
  const nowMs = createSystemClock().nowMs();
  const edge = byHand === null ? edgeNeeded(config, { stamp, strategies }) : floorNeeded(byHand);
  return [
    gate(
      "drill",
      isDrilled(ctx.homeDir, ctx.version, nowMs),
      "kbt doctor --drill on the demo exchange with this version within the last week",
    ),
    gate("edge", edge === "", edge),
  ];
}

/** The refusal with all that is missing, so that nobody opens gates one by one by trial. */
export async function refused(ctx: CommandContext, gates: readonly Gate[]): Promise<CommandResult> {
  const missing = gates.filter(({ open }) => !open).map(({ gate: name }) => name);
  const text = await ctx.table({
    columns: [{ title: "gate" }, { title: "state" }, { title: "what opens it" }],
    rows: gates.map(({ gate: name, need, open }) => [name, open ? "open" : "shut", need]),
  });
  return {
    exitCode: 3,
    data: { gates, missing },
    text,
    warnings: [],
    error: new KbtError({
      kind: "risk",
      code: "LIVE_REFUSED",
      message: `live refused; missing: ${missing.join(", ")}`,
      hint: "trade on paper meanwhile: kbt paper --sim",
    }),
  };
}
