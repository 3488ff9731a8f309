import { expect, test } from "vitest";
import { DeltaScanner } from "../../../scripts/bench/limit/scan.ts";
import { decode } from "../../../src/adapters/kalshi/wire.ts";

const TICKERS = ["KXBTC15M-26MAY150530-30", "KXBTC15M-26MAY132230-30"];

function delta(msg: object): string {
  return JSON.stringify({
    type: "orderbook_delta",
    sid: 2,
    seq: 10,
    msg: {
      delta_fp: "-1100.00",
      market_id: "061675a4-dbe0-45ef-bf59-49f3c056960d",
      market_ticker: TICKERS[1],
      price_dollars: "0.4700",
      side: "yes",
      ts: "2026-05-14T02:15:14.014126Z",
      ts_ms: 1_778_724_914_014,
      ...msg,
    },
  });
}

// The bench compares speeds only of programs that read the same, so the scanner is held to the product's decoder.
test.each([
  ["a recorded one", {}],
  ["a no bid", { side: "no", delta_fp: "12.50" }],
  ["a price in tenths of a cent", { price_dollars: "0.9990" }],
  ["the other market", { market_ticker: TICKERS[0] }],
])("the byte scanner reads %s as the decoder does", (_name, msg) => {
  const text = delta(msg);
  const scanner = new DeltaScanner(TICKERS);
  expect(scanner.scan(Buffer.from(text))).toBe(true);
  const frame = decode(text, 0);
  const event = frame.kind === "data" && frame.event.type === "delta" ? frame.event : null;
  const { market, isYes, ...numbers } = scanner.found;
  expect({ ...numbers, ticker: TICKERS[market], side: isYes ? "yes" : "no" }).toEqual({
    sid: event?.sid,
    seq: event?.seq,
    price: event?.price,
    delta: event?.delta,
    exchangeMs: event?.exchangeMs,
    ticker: event?.ticker,
    side: event?.side,
  });
});

test.each([
  ["a market nobody asked for", delta({ market_ticker: "KXSOL15M-26MAY150530-30" })],
  ["a price of another form", delta({ price_dollars: "0.47" })],
  ["a ticker", JSON.stringify({ type: "ticker", sid: 1, msg: {} })],
  ["half a frame", delta({}).slice(0, 120)],
])("the byte scanner leaves %s to JSON.parse", (_name, text) => {
  expect(new DeltaScanner(TICKERS).scan(Buffer.from(text))).toBe(false);
});
