import type { Reader } from "../../adapters/sqlite/open.ts";
import { bankrollOf, cashMovements } from "../../adapters/sqlite/queries/cash.ts";
import type { LedgerFilter } from "../../adapters/sqlite/queries/ledger.ts";
import { legsByMarket } from "../../adapters/sqlite/queries/lot-legs.ts";
import { lotsIn, NO_TOTALS, sumOf } from "../../core/tax-year.ts";
import { money } from "../../core/units.ts";
import { type BalanceLine, balanceTable } from "../balance-table.ts";
import type { Listing } from "../ledger-text.ts";

/** Cash of each account by its own books; `--until` shows that of a time. */
export function balanceListing(reader: Reader, { mode, until }: LedgerFilter): Listing {
  const untilMs = until === undefined ? Number.POSITIVE_INFINITY : until + 1;
  const accounts = new Map<string, Omit<BalanceLine, "opening" | "moved">>();
  for (const market of legsByMarket(reader, { mode })) {
    const { control } = lotsIn(market.legs, { fromMs: Number.NEGATIVE_INFINITY, untilMs });
    const key = `${market.mode} ${market.account}`;
    const totals = sumOf(accounts.get(key)?.totals ?? NO_TOTALS, control);
    accounts.set(key, { mode: market.mode, account: market.account, totals });
  }
  const live = cashMovements(reader, until);
  const bankroll = bankrollOf(reader);
  return balanceTable(
    [...accounts.values()].map((line) => ({
      ...line,
      opening: line.account === null ? live.opening : bankroll(line.account),
      moved: line.account === null ? live.moved : money(0),
    })),
  );
}
