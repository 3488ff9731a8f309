import type { Reader } from "../../adapters/sqlite/open.ts";
import { settlementsOnFile } from "../../adapters/sqlite/queries/positions.ts";
import type { WitnessedMarket } from "../../adapters/sqlite/queries/reconcile.ts";
import { unsettledMarkets } from "../../adapters/sqlite/queries/settlements.ts";
import type { Residue } from "../../core/reconcile.ts";
import { resultWord, settlementOf } from "../../core/settlement.ts";
import { money } from "../../core/units.ts";
import type { Environment } from "./environment.ts";
import { eachMarket, runOn, seenAs } from "./settle-import.ts";

/** Results of traded markets beside those of the local exchange, whose account ended with the run that traded on it. */
export async function resultResidues(
  env: Environment,
  markets: readonly WitnessedMarket[],
  { reader, signal }: { readonly reader: Reader; readonly signal: AbortSignal },
): Promise<Residue[]> {
  const tickers = [...new Set(markets.map(({ ticker }) => ticker))];
  const onFile = settlementsOnFile(reader, tickers);
  if (env.sim !== null) {
    const closes = [...onFile.values()].map(({ settledMs }) => ({ closeMs: settledMs }));
    runOn(env.sim, [...unsettledMarkets(reader, Number.MAX_SAFE_INTEGER), ...closes]);
  }
  const found: Residue[] = [];
  await eachMarket(env, [...onFile.keys()], signal, (market, ticker) => {
    const said = onFile.get(ticker);
    const theirs = market === null ? null : settlementOf(market, seenAs(market, 0));
    if (said?.final !== true || theirs === null || !theirs.final) return;
    if (theirs.result === said.result) return;
    const text = `the result is '${resultWord(said.result)}' on file, '${resultWord(theirs.result)}' at the exchange`;
    found.push({ check: "exchange_result", mode: "", ticker, text, amount: money(0) });
  });
  return found;
}
