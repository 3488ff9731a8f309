import type { Shape } from "../platform/shape.ts";

// What of each message type is read (map.ts). Held against a message only after it was refused, to name the place.

const LEVELS: Shape = [["decimal"]];

function numbered(msg: Shape): Shape {
  return { sid: "number", seq: "number", msg };
}

function onSid(msg: Shape): Shape {
  return { sid: "number", msg };
}

export const KALSHI_SHAPES: Readonly<Record<string, Shape>> = {
  orderbook_snapshot: numbered({
    market_ticker: "text",
    "yes_dollars_fp?": LEVELS,
    "no_dollars_fp?": LEVELS,
  }),
  orderbook_delta: numbered({
    market_ticker: "text",
    side: "text",
    price_dollars: "decimal",
    delta_fp: "decimal",
  }),
  ticker: onSid({
    market_ticker: "text",
    yes_bid_dollars: "decimal",
    yes_ask_dollars: "decimal",
    "price_dollars?": "decimal",
    "yes_bid_size_fp?": "decimal",
    "yes_ask_size_fp?": "decimal",
    "volume_fp?": "decimal",
    "open_interest_fp?": "decimal",
  }),
  trade: onSid({
    trade_id: "text",
    "market_ticker?": "text",
    yes_price_dollars: "decimal",
    count_fp: "decimal",
    "taker_side?": "text",
    "taker_outcome_side?": "text",
  }),
  cfbenchmarks_value: onSid({ index_id: "text", data: "any" }),
  market_lifecycle_v2: { msg: { event_type: "text", market_ticker: "text" } },
  event_lifecycle: { msg: { event_ticker: "text" } },
  event_fee_update: { msg: { event_ticker: "text" } },
};

/** Message type of each event of the socket. */
export const MESSAGE_TYPES = {
  snapshot: "orderbook_snapshot",
  delta: "orderbook_delta",
  ticker: "ticker",
  trade: "trade",
  index: "cfbenchmarks_value",
} as const;
