import type { DepthLevel, SpotDepth } from "../../../core/events.ts";
import { type Fields, isFields, numberOf, SOURCE, type Stamp } from "./fields.ts";

// Level 2 arrives as `l2_data`: one snapshot of the full depth per product, then changes about every 50 ms (§1.4).

/** One event of `l2_data` as a book event; a stable reason when any of its levels cannot be read. */
export function mapDepth(event: Fields, { recvMs, sentMs }: Stamp): SpotDepth | string {
  const { type, product_id: product, updates } = event;
  if (type !== "snapshot" && type !== "update") return "bad_type";
  if (typeof product !== "string" || product === "") return "no_product";
  if (!Array.isArray(updates)) return "no_levels";
  const bids: DepthLevel[] = [];
  const asks: DepthLevel[] = [];
  for (const update of updates) {
    // A book with one level wrong is a wrong book, so the whole event is refused.
    if (!isFields(update)) return "bad_level";
    // Trailing zeros are dropped on the wire, so a text is no key: the number says which level it is.
    const priceUsd = numberOf(update["price_level"]);
    const size = numberOf(update["new_quantity"]);
    if (!(priceUsd > 0 && size >= 0)) return "bad_level";
    const side = update["side"];
    if (side === "bid") bids.push([priceUsd, size]);
    else if (side === "offer") asks.push([priceUsd, size]);
    else return "bad_side";
  }
  // The times of single levels may be years old in a snapshot; the envelope's is the one that can be trusted.
  const exchangeMs = sentMs;
  return { type: "depth", source: SOURCE, product, kind: type, bids, asks, exchangeMs, recvMs };
}
