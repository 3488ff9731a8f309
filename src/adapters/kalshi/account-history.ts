import { KbtError } from "../../core/errors.ts";
import type { SeenFill, SeenOrder, SeenPosition, SeenSettlement } from "../../core/live/seen.ts";
import { type Ms, money } from "../../core/units.ts";
import { parseRfc3339 } from "../platform/rfc3339.ts";
import { createGet, type KalshiRestOptions } from "./get.ts";
import { isRecord, textAt } from "./json.ts";
import { fillKey, type ListRequest, readList, seconds } from "./order-reads.ts";
import { readFill, readOrder, readPosition } from "./order-shapes.ts";
import { check, top } from "./rest-body.ts";
import { schemas } from "./rest-schema.ts";

/** The account since a time, from the live lists and from those of what is older than a cutoff (kalshi.md §2.7). */
export interface AccountHistory {
  readonly fills: readonly SeenFill[];
  readonly orders: readonly SeenOrder[];
  readonly settlements: readonly SeenSettlement[];
  readonly positions: readonly SeenPosition[];
}

/** Every list whole, or it rejects: what is missing from a part of a list proves nothing. */
export async function readAccountHistory(
  options: KalshiRestOptions,
  sinceMs: Ms,
  signal: AbortSignal,
): Promise<AccountHistory> {
  const { get } = createGet(options);
  const request = "/historical/cutoff";
  const cutoff = check(schemas.cutoff, await get(request, {}, signal), top(request));
  const isOlder = (text: string): boolean => (parseRfc3339(text) ?? Infinity) > sinceMs;
  const since = { min_ts: seconds(sinceMs) };
  const whole = async <T>(
    list: Omit<ListRequest<T>, "params">,
    params: ListRequest<T>["params"],
    keyOf: (item: T) => string,
  ): Promise<T[]> => {
    const { complete, items } = await readList(get, { ...list, params }, keyOf, signal);
    if (!complete) throw tooLong(list.path);
    return [...items];
  };
  const fills = { path: "/portfolio/fills", field: "fills", read: readFill };
  const orders = { path: "/portfolio/orders", field: "orders", read: readOrder };
  const positions = { path: "/portfolio/positions", field: "market_positions", read: readPosition };
  const settled = { path: "/portfolio/settlements", field: "settlements", read: readSettlement };
  const [oldFills, oldOrders] = [
    isOlder(cutoff.trades_created_ts),
    // Each list has a cutoff of its own; where that of orders is not told, they may all be old.
    cutoff.orders_updated_ts == null || isOlder(cutoff.orders_updated_ts),
  ];
  return {
    fills: [
      ...(await whole(fills, since, fillKey)),
      ...(oldFills ? await whole({ ...fills, path: "/historical/fills" }, since, fillKey) : []),
    ],
    orders: [
      ...(await whole(orders, since, idOf)),
      ...(oldOrders ? await whole({ ...orders, path: "/historical/orders" }, since, idOf) : []),
    ],
    settlements: await whole(settled, since, (one) => `${one.ticker} ${one.atMs}`),
    positions: await whole(positions, { count_filter: "position" }, (one) => one.ticker),
  };
}

const idOf = ({ exchangeId }: SeenOrder): string => exchangeId;

function tooLong(path: string): KbtError {
  return new KbtError({
    kind: "data",
    code: "LIST_CUT",
    message: `${path} has more entries than are read at once`,
    hint: "report it: kbt reads no more than 20,000 entries of a list",
  });
}

/** An entry of the settlements list; its revenue is one of the last whole numbers of cents (kalshi.md §2.8). */
function readSettlement(raw: unknown): SeenSettlement | undefined {
  if (!isRecord(raw)) return undefined;
  const ticker = textAt(raw, "ticker");
  const atMs = parseRfc3339(textAt(raw, "settled_time") ?? "");
  const cents = raw["revenue"];
  if (!ticker || atMs === undefined || !Number.isSafeInteger(cents)) return undefined;
  return { ticker, revenue: money(Number(cents) * 10_000), atMs };
}
