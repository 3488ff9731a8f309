import type { Shape } from "../../platform/shape.ts";

// What of each channel is read (coinbase-frames.ts, coinbase-level2.ts). Held against a frame only after it was refused,
// to name the place. Quotes that Coinbase does not know are empty texts, so those are no decimals.

function envelope(event: Shape): Shape {
  return { channel: "text", sequence_num: "number", events: [event] };
}

export const COINBASE_SHAPES: Readonly<Record<string, Shape>> = {
  ticker: envelope({
    tickers: [{ product_id: "text", price: "decimal", "best_bid?": "text", "best_ask?": "text" }],
  }),
  market_trades: envelope({
    type: "text",
    trades: [{ product_id: "text", trade_id: "decimal", price: "decimal", "size?": "text" }],
  }),
  l2_data: envelope({
    type: "text",
    product_id: "text",
    updates: [{ side: "text", price_level: "decimal", new_quantity: "decimal" }],
  }),
};
