import { CRYPTO_SHARD } from "../../adapters/feeds/kalshi/exchange-watch.ts";
import type { KalshiRest } from "../../adapters/kalshi/rest.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { Environment } from "./environment.ts";

/**
 * The configuration with the bankroll that the exchange says the account has, where that is asked for. It is read once: a
 * limit that follows every fill would let one loss after another pass.
 */
export async function withBankroll(
  config: Config,
  env: Environment,
  rest: KalshiRest,
  signal: AbortSignal,
): Promise<{ readonly config: Config; readonly warnings: readonly string[] }> {
  if (config.risk.bankroll_from === "config") return { config, warnings: [] };
  if (env.signer === null) {
    throw new KbtError({
      kind: "auth",
      code: "KEY_MISSING",
      message: "risk.bankroll_from is 'exchange', and only a key can ask for the balance",
      hint: "set KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH, or risk.bankroll_from=config",
    });
  }
  const cash = await rest.balance(CRYPTO_SHARD, signal);
  const known = { ...config, risk: { ...config.risk, bankroll_usd: cash / 1e6 } };
  const said = `bankroll $${(cash / 1e6).toFixed(2)}, the cash on shard ${CRYPTO_SHARD}`;
  return {
    config: known,
    warnings: [cash > 0 ? said : `${said}: nothing can be bought until there is money on it`],
  };
}
