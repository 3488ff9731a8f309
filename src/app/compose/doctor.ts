import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { versions } from "node:process";
import { openReader } from "../../adapters/sqlite/open.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import { underlyingOf } from "../../core/market.ts";
import type { CommandContext, CommandResult, DoctorOptions } from "../context.ts";
import { SKEW_LIMIT_MS } from "./clock-skew.ts";
import type { Environment } from "./environment.ts";
import { kalshiRest } from "./feeds.ts";
import { openEnvironment } from "./open-environment.ts";
import { steppedClock } from "./stepped-clock.ts";

interface Finding {
  readonly check: string;
  readonly state: "ok" | "warn" | "fail";
  readonly detail: string;
}

type Check = () => Promise<Finding[]> | Finding[];

/** Crypto markets live on this shard since August 2026 (kalshi.md §2.1). */
const CRYPTO_SHARD = 2;
const DISK_WARN_BYTES = 500 * 1024 * 1024;

/** `kbt doctor`: the set-up line by line. A check that fails makes exit 10; a warning does not. */
export async function doctor(ctx: CommandContext, options: DoctorOptions): Promise<CommandResult> {
  const { config, tomlPath } = await ctx.loadConfig();
  const findings: Finding[] = [
    ok("node", nodeVersion()),
    ok("config", tomlPath === null ? "defaults and environment; no file" : tomlPath),
    ...limits(config),
  ];
  const checks: Check[] = [
    () => database(config),
    () => folder("database folder", config.storage.db_path),
    () => folder("log folder", config.storage.log_path),
    () => disk(config),
  ];
  for (const check of checks) findings.push(...(await check()));
  findings.push(...(await network(ctx, config, options)));
  const failed = findings.filter(({ state }) => state === "fail");
  return {
    exitCode: failed.length === 0 ? 0 : 10,
    data: { checks: findings, failed: failed.length },
    text: await ctx.table({
      columns: [{ title: "check" }, { title: "state" }, { title: "what was seen" }],
      rows: findings.map(({ check, state, detail }) => [check, state, ctx.clean(detail, 200)]),
    }),
    warnings: [],
    ...(failed.length === 0
      ? {}
      : {
          error: new KbtError({
            kind: "check",
            code: "DOCTOR_FAILED",
            message: `${failed.length} of ${findings.length} checks failed: ${failed.map(({ check }) => check).join(", ")}`,
            hint: "each failed line above says what was seen",
          }),
        }),
  };
}

const ok = (check: string, detail: string): Finding => ({ check, state: "ok", detail });
const warn = (check: string, detail: string): Finding => ({ check, state: "warn", detail });
const fail = (check: string, error: unknown): Finding => ({
  check,
  state: "fail",
  detail: error instanceof Error ? error.message : String(error),
});

function nodeVersion(): string {
  return versions.node;
}

function limits(config: Config): Finding[] {
  const { risk } = config;
  const usd = (share: number): string => `$${(share * risk.bankroll_usd).toFixed(2)}`;
  return [
    ok(
      "limits",
      `bankroll $${risk.bankroll_usd}, at most ${usd(risk.max_position_pct)} in a market, ${risk.max_open_positions} open, ${usd(risk.max_daily_loss_pct)} lost a day`,
    ),
    ok(
      "trading_enabled",
      risk.trading_enabled ? "1: live is armed by the environment" : "not 1: live cannot trade",
    ),
  ];
}

function database(config: Config): Finding[] {
  const path = config.storage.db_path;
  try {
    const reader = openReader(path);
    try {
      return [ok("database", `${path}, environment ${reader.env}, SQLite ${reader.sqliteVersion}`)];
    } finally {
      reader.close();
    }
  } catch (error) {
    const missing = error instanceof KbtError && error.code === "DB_MISSING";
    return [
      missing
        ? warn("database", `${path} does not exist yet; collect and paper create it`)
        : fail("database", error),
    ];
  }
}

async function folder(check: string, file: string): Promise<Finding[]> {
  const path = await existing(dirname(resolve(file)));
  try {
    await access(path, constants.W_OK);
    return [ok(check, `${path} is writable`)];
  } catch {
    return [fail(check, `${path} is not writable`)];
  }
}

async function disk(config: Config): Promise<Finding[]> {
  const path = await existing(dirname(resolve(config.storage.db_path)));
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  const detail = `${(free / 1e9).toFixed(1)} GB free at ${path}`;
  return [free < DISK_WARN_BYTES ? warn("disk", detail) : ok("disk", detail)];
}

/** The nearest folder on the way up that exists: what would be created lies inside it. */
async function existing(path: string): Promise<string> {
  try {
    await access(path);
    return path;
  } catch {
    const parent = dirname(path);
    return parent === path ? path : existing(parent);
  }
}

async function network(
  ctx: CommandContext,
  config: Config,
  options: DoctorOptions,
): Promise<Finding[]> {
  let env: Environment;
  try {
    env = await openEnvironment(config, options.sim);
  } catch (error) {
    return [fail("key", error)];
  }
  try {
    return [
      env.signer === null
        ? warn("key", "no API key: market data are polled over REST; the WebSocket needs one")
        : ok("key", env.sim === null ? "readable" : "made for this run by the local exchange"),
      ...(await exchange(ctx, config, env)),
      await spot(ctx, config, env),
    ];
  } finally {
    await env.close();
  }
}

async function exchange(ctx: CommandContext, config: Config, env: Environment): Promise<Finding[]> {
  const rest = kalshiRest(env, steppedClock(env));
  try {
    const status = await rest.exchangeStatus(ctx.signal);
    const shard = status.shards.find(({ exchangeIndex }) => exchangeIndex === CRYPTO_SHARD);
    const active = shard?.tradingActive ?? status.tradingActive;
    const findings = [
      active
        ? ok("exchange", `${env.label}: trading is active on the crypto shard`)
        : warn("exchange", `${env.label}: trading is paused on the crypto shard`),
      skew(rest.clockOffsetMs()),
    ];
    for (const series of config.kalshi.series) {
      const { feeMultiplier, feeType } = await rest.series(series, ctx.signal);
      const known = underlyingOf(series) === undefined ? "no model for its underlying" : "priced";
      findings.push(ok(`series ${series}`, `fees ${feeType} x${feeMultiplier}, ${known}`));
    }
    return findings;
  } catch (error) {
    return [fail("exchange", error)];
  }
}

function skew(offsetMs: number | null): Finding {
  if (offsetMs === null) return warn("clock", "the exchange sent no time");
  const detail = `${Math.round(offsetMs)} ms between the exchange and this machine`;
  // The Date header has whole seconds, so up to one second of difference says nothing.
  return Math.abs(offsetMs) > SKEW_LIMIT_MS
    ? fail("clock", `${detail}; at most ${SKEW_LIMIT_MS}`)
    : ok("clock", detail);
}

async function spot(ctx: CommandContext, config: Config, env: Environment): Promise<Finding> {
  const url = `${env.urls.spot.coinbase.rest}/api/v3/brokerage/market/products/${config.coinbase.product_id}/ticker?limit=1`;
  try {
    const { status } = await env.http.request({ method: "GET", url, headers: {} }, ctx.signal);
    return status === 200
      ? ok("coinbase", `${config.coinbase.product_id} answers`)
      : fail("coinbase", `status ${status} for ${config.coinbase.product_id}`);
  } catch (error) {
    return fail("coinbase", error);
  }
}
