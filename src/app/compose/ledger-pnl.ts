import type { Reader } from "../../adapters/sqlite/open.ts";
import { chargedFills } from "../../adapters/sqlite/queries/charged-fills.ts";
import { type LedgerFilter, type PnlBy, pnl } from "../../adapters/sqlite/queries/ledger.ts";
import { legsByMarket } from "../../adapters/sqlite/queries/lot-legs.ts";
import type { Config } from "../../config/schema.ts";
import type { FeeRounding } from "../../core/fee-book.ts";
import { modelledFees } from "../../core/fee-check.ts";
import { type GroupBy, groupOf, profitBy } from "../../core/trade-groups.ts";
import { money } from "../../core/units.ts";
import type { Listing } from "../ledger-text.ts";
import { type GroupFees, type PnlLine, pnlTable } from "../pnl-table.ts";

const MODES = ["backtest", "live", "paper"] as const;
interface Group {
  readonly mode: string;
  readonly key: string;
}

const keyOf = ({ key, mode }: Group): string => `${mode} ${key}`;

/** A group that has paid fees for what is still held. */
function nothingClosed({ key, mode }: Group): Omit<PnlLine, "fees"> {
  const none = { closed: 0, wins: 0, losses: 0, pnl: money(0), bought: money(0) };
  return { mode, key, ...none, pessimistic: null, optimistic: null };
}

const NO_FEES: GroupFees = { charged: money(0), modelled: money(0) };

/** Realised profit by group, with the fees that were charged beside those that the schedule says. */
export function pnlListing(
  reader: Reader,
  by: GroupBy,
  of: { readonly filter: LedgerFilter; readonly fees: Config["fees"] },
): Listing {
  const { filter } = of;
  const rounding: FeeRounding = {
    align: money(of.fees.align_ud),
    tradeQuantum: money(of.fees.trade_quantum_ud),
  };
  const fees = feesBy(reader, by, { filter, rounding });
  const profits = isOfLegs(by) ? pnl(reader, by, filter) : lotProfits(reader, by, filter);
  const closed = new Set(profits.map(keyOf));
  const onlyPaid = [...fees.values()].filter((one) => !closed.has(keyOf(one))).map(nothingClosed);
  return pnlTable(
    [...profits, ...onlyPaid]
      .map((profit) => ({ ...profit, fees: fees.get(keyOf(profit)) ?? NO_FEES }))
      .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)),
  );
}

/** What each leg says of itself; the others need to know how a lot was opened. */
function isOfLegs(by: GroupBy): by is PnlBy {
  return by === "strategy" || by === "series" || by === "day";
}

function lotProfits(
  reader: Reader,
  by: GroupBy,
  { mode, since = -Infinity, ticker, until = Infinity }: LedgerFilter,
): Omit<PnlLine, "fees">[] {
  const markets = legsByMarket(reader, { mode, ticker });
  return MODES.flatMap((one) => {
    const own = markets.filter((market) => market.mode === one);
    const groups = profitBy(by, own, ({ closedMs }) => closedMs >= since && closedMs <= until);
    return groups.map((group) => ({ ...group, mode: one, pessimistic: null, optimistic: null }));
  });
}

/** Fees stand in the group of their own fill. */
function feesBy(
  reader: Reader,
  by: GroupBy,
  { filter, rounding }: { readonly filter: LedgerFilter; readonly rounding: FeeRounding },
): ReadonlyMap<string, GroupFees & Group> {
  const fills = chargedFills(reader, { ...filter, limit: 0 }, rounding);
  const modelled = modelledFees(fills);
  const groups = new Map<string, GroupFees & Group>();
  for (const [at, { fill }] of fills.entries()) {
    const group = { mode: fill.mode, key: groupOf(by, fill) };
    const sum = groups.get(keyOf(group)) ?? NO_FEES;
    const fee = modelled[at] ?? null;
    groups.set(keyOf(group), {
      ...group,
      charged: money(sum.charged + fill.fee),
      modelled: sum.modelled === null || fee === null ? null : money(sum.modelled + fee),
    });
  }
  return groups;
}
