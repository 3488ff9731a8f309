import { CRYPTO_SHARD } from "../../../adapters/feeds/kalshi/exchange-watch.ts";
import type { KalshiRest } from "../../../adapters/kalshi/rest.ts";
import type { Config } from "../../../config/schema.ts";
import { underlyingOf } from "../../../core/market.ts";
import { SKEW_LIMIT_MS } from "../clock-skew.ts";
import type { Environment } from "../environment.ts";
import { type Finding, linesOf } from "./finding.ts";

// What the exchange says when it is asked; nothing is written.

export function keyLine(env: Environment): Finding {
  const key = linesOf(KEY);
  if (env.signer === null) {
    return key.warn("no API key: market data are polled over REST; the WebSocket needs one");
  }
  return key.ok(env.sim === null ? "readable" : "made for this run by the local exchange");
}

export const KEY = {
  check: "key",
  why: "the WebSocket, the account and every order are signed with it",
  todo: "set KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH (a file of mode 0600)",
} as const;

/** Status, clock, what the series charge, and the account's cash. */
export async function exchangeLines(
  { config, env, rest }: { config: Config; env: Environment; rest: KalshiRest },
  signal: AbortSignal,
): Promise<Finding[]> {
  const status = await statusLine(env, rest, signal);
  // Who does not answer is not asked six more times.
  if (status.state === "fail") return [status];
  const findings = [status, clockLine(rest.clockOffsetMs())];
  for (const series of config.kalshi.series) findings.push(await feesLine(rest, series, signal));
  return [...findings, await balanceLine(config, { env, rest }, signal)];
}

async function statusLine(
  env: Environment,
  rest: KalshiRest,
  signal: AbortSignal,
): Promise<Finding> {
  const exchange = linesOf({
    check: "exchange",
    why: "markets and orders are there; crypto has a shard of its own, which can pause alone",
    todo: "wait: kbt waits too, and goes on by itself",
  });
  try {
    const status = await rest.exchangeStatus(signal);
    const shard = status.shards.find(({ exchangeIndex }) => exchangeIndex === CRYPTO_SHARD);
    const where = `${env.label} (${new URL(env.urls.kalshiRest).host})`;
    return (shard?.tradingActive ?? status.tradingActive)
      ? exchange.ok(`${where}: trading is active on the crypto shard`)
      : exchange.warn(`${where}: trading is paused on the crypto shard`);
  } catch (error) {
    return exchange.fail(error);
  }
}

function clockLine(offsetMs: number | null): Finding {
  const clock = linesOf({
    check: "clock",
    why: "signatures carry the time, and a wrong clock finds markets closed that are open",
    todo: "set this machine's clock by NTP (timedatectl set-ntp true)",
  });
  if (offsetMs === null) return clock.warn("the exchange sent no time");
  const detail = `${Math.round(offsetMs)} ms between the exchange and this machine`;
  // The Date header has whole seconds, so up to one second of difference says nothing.
  return Math.abs(offsetMs) > SKEW_LIMIT_MS
    ? clock.fail(`${detail}; at most ${SKEW_LIMIT_MS}`)
    : clock.ok(detail);
}

async function feesLine(rest: KalshiRest, series: string, signal: AbortSignal): Promise<Finding> {
  const fees = linesOf({
    check: `fees ${series}`,
    why: "an edge is what is left after fees; a series of an unknown fee type is not traded",
    todo: "leave the series out with --series, or update kbt",
  });
  try {
    const { feeMultiplier, feeType } = await rest.series(series, signal);
    const detail = `${feeType} x${feeMultiplier}`;
    return underlyingOf(series) === undefined
      ? fees.warn(`${detail}; it is recorded, but there is no model for its underlying`)
      : fees.ok(detail);
  } catch (error) {
    return fees.fail(error);
  }
}

async function balanceLine(
  { risk }: Config,
  { env, rest }: { env: Environment; rest: KalshiRest },
  signal: AbortSignal,
): Promise<Finding> {
  const balance = linesOf({
    check: "shard balance",
    why: "orders in crypto are paid from the cash on its own shard",
    todo: "move money to the crypto shard on the exchange's site before trading live",
  });
  if (env.signer === null) return balance.skip("only a key can ask");
  try {
    const cash = await rest.balance(CRYPTO_SHARD, signal);
    const detail = `$${(cash / 1e6).toFixed(2)} on shard ${CRYPTO_SHARD}`;
    const needed = risk.max_position_pct * risk.bankroll_usd;
    return cash / 1e6 < needed
      ? balance.warn(`${detail}, less than one position of $${needed.toFixed(2)}`)
      : balance.ok(detail);
  } catch (error) {
    return balance.fail(error);
  }
}
