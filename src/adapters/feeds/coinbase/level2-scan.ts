import type { DepthLevel, SpotDepth } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";
import { parseRfc3339 } from "../../platform/rfc3339.ts";
import { numberOf, SOURCE } from "./fields.ts";

// Books are nearly all that Coinbase sends, in always the same form, and JSON.parse with an object for each level is most
// of what such a frame costs. So that form is read by two patterns, and whatever differs from it by a character is left to
// the JSON decoder: a frame that cannot be read is never judged here.

/** What a frame of `l2_data` says. */
export interface Level2Frame {
  readonly seq: number;
  readonly depth: SpotDepth;
}

/** A frame of `l2_data` in the usual form; null for anything else, which then needs the JSON decoder. */
export function scanLevel2(text: string, recvMs: Ms): Level2Frame | null {
  const head = HEAD.exec(text);
  if (head === null) return null;
  const [before, time = "", seq, type, product = ""] = head;
  const bids: DepthLevel[] = [];
  const asks: DepthLevel[] = [];
  LEVEL.lastIndex = before.length;
  do {
    const level = LEVEL.exec(text);
    if (level === null) return null;
    const priceUsd = numberOf(level[2]);
    const size = numberOf(level[3]);
    if (!(priceUsd > 0 && size >= 0)) return null;
    (level[1] === "bid" ? bids : asks).push([priceUsd, size]);
  } while (LEVEL.lastIndex < text.length);
  const kind = type === "update" ? "update" : "snapshot";
  const exchangeMs = parseRfc3339(time) ?? null;
  const depth: SpotDepth = {
    type: "depth",
    source: SOURCE,
    product,
    kind,
    bids,
    asks,
    exchangeMs,
    recvMs,
  };
  return { seq: Number(seq), depth };
}

// No class takes a quote, an escape or a control character, so what it takes means itself. Each of them ends at the first
// character that it does not take, so nothing is tried twice and the time is linear, however long and odd a text is. A
// product of more than twelve characters would be no copy but a view (V8) that keeps the megabytes of its snapshot alive.
const HEAD =
  /^\{"channel":"l2_data",(?:"client_id":"[\w-]*",)?"timestamp":"([\d:.TZ+-]*)","sequence_num":(0|[1-9]\d{0,14}),"events":\[\{"type":"(update|snapshot)","product_id":"([\w-]{1,12})","updates":\[/;
/** One level with what follows it: another one, or the end of the only event and of the frame. */
const LEVEL =
  /\{"side":"(bid|offer)","event_time":"[\d:.TZ+-]*","price_level":"([\d.]+)","new_quantity":"([\d.]+)"\}(?:,(?=\{)|\]\}\]\}$)/y;
