import { isSubaccount } from "../trading/account.ts";
import { badParameter, integerParam, isReply, type Page, pageOf } from "./query.ts";
import type { Call, Reply } from "./route.ts";

/** What a list of the account's doings can be narrowed by. */
export interface Listed {
  readonly ticker: string;
  readonly subaccount: number;
  readonly exchangeIndex: number;
  readonly atMs: number;
}

export interface ListQuery {
  /** The operation's name as error bodies have it. */
  readonly operation: string;
  /** The subaccount meant when none is named; null for all of them. */
  readonly subaccount?: number | null;
}

/** Where a list is read: among the living, or among what left them at the historical cutoff (kalshi.md §2.7). */
export type Tier = "live" | "historical";

/** An answer from what reads show by now, which is a little behind the truth. */
export function lately(handle: (call: Call) => Reply): (call: Call) => Reply {
  return (call) => {
    call.view.catchUp(call.nowMs);
    return handle(call);
  };
}

/**
 * The test of `ticker`, `subaccount`, `exchange_index`, `min_ts` and `max_ts` (unix seconds, both included), or the 400
 * for one that is no integer.
 */
export function listTest(call: Call, asked: ListQuery): ((item: Listed) => boolean) | Reply {
  const numbers = integers(call, asked.operation);
  if (isReply(numbers)) return numbers;
  const ticker = call.query.get("ticker") ?? "";
  const subaccount = numbers.subaccount ?? asked.subaccount ?? null;
  const { shard, minTs, maxTs } = numbers;
  return (item) =>
    (ticker === "" || item.ticker === ticker) &&
    (subaccount === null || item.subaccount === subaccount) &&
    (shard === undefined || item.exchangeIndex === shard) &&
    (minTs === undefined || item.atMs >= minTs * 1000) &&
    (maxTs === undefined || item.atMs < (maxTs + 1) * 1000);
}

interface Integers {
  readonly subaccount: number | undefined;
  readonly shard: number | undefined;
  readonly minTs: number | undefined;
  readonly maxTs: number | undefined;
}

function integers(call: Call, operation: string): Integers | Reply {
  const subaccount = subaccountParam(call, operation);
  if (isReply(subaccount)) return subaccount;
  const shard = integerParam(call.query, "exchange_index", operation);
  if (isReply(shard)) return shard;
  const minTs = integerParam(call.query, "min_ts", operation);
  if (isReply(minTs)) return minTs;
  const maxTs = integerParam(call.query, "max_ts", operation);
  if (isReply(maxTs)) return maxTs;
  return { subaccount, shard, minTs, maxTs };
}

/** The subaccount a query names, 0 to 63. */
export function subaccountParam(call: Call, operation: string): number | undefined | Reply {
  const subaccount = integerParam(call.query, "subaccount", operation);
  if (isReply(subaccount) || subaccount === undefined) return subaccount;
  return isSubaccount(subaccount) ? subaccount : badParameter(operation, "subaccount", "lte");
}

/** The page of a list that a request asks for; at most 1000 at once, 100 when it does not say. */
export function listPage<T>(
  call: Call,
  operation: string,
  list: { readonly items: readonly T[]; readonly idOf: (item: T) => string },
): Page<T> | Reply {
  const rule = { operation, defaultLimit: 100, maxLimit: 1000 };
  return pageOf(list.items, list.idOf, call.query, rule);
}
