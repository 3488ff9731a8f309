import { describe, expect, test } from "vitest";
import { mapMarketCandles } from "../../../../src/adapters/kalshi/candles.ts";

const of = { ticker: "T", intervalS: 60 };
const place = { request: "GET /x", path: "candlesticks" };

const four = (price: string): Record<string, string> => ({
  open_dollars: price,
  high_dollars: price,
  low_dollars: price,
  close_dollars: price,
});
const live = {
  end_period_ts: 1_786_137_900,
  yes_bid: { ...four("0.3300"), high_dollars: "0.3500" },
  yes_ask: four("0.3400"),
  price: { ...four("0.3400"), mean_dollars: "0.3400", previous_dollars: "0.3400" },
  volume_fp: "28.74",
  open_interest_fp: "128107.77",
};
const plain = (price: string): object => ({ open: price, high: price, low: price, close: price });
const flat = (cc: number): object => ({ open: cc, high: cc, low: cc, close: cc });

describe("candles", () => {
  test("of the live tier", () => {
    expect(mapMarketCandles([live], of, place)).toEqual([
      {
        ...of,
        endMs: 1_786_137_900_000,
        bid: { open: 3300, high: 3500, low: 3300, close: 3300 },
        ask: flat(3400),
        price: flat(3400),
        volume: 2874,
        openInterest: 12_810_777,
      },
    ]);
  });

  test("of the historical tier, without units in its names", () => {
    const old = {
      end_period_ts: 60,
      yes_bid: plain("0.1000"),
      yes_ask: plain("0.2000"),
      price: { ...plain("0.1500"), mean: "0.1500", previous: null },
      volume: "1.00",
      open_interest: "2.00",
    };
    expect(mapMarketCandles([old], of, place)).toMatchObject([
      { endMs: 60_000, bid: flat(1000), ask: flat(2000), price: flat(1500), volume: 100 },
    ]);
  });

  test.each([
    ["live, nothing traded", { price: { previous_dollars: "0.3400" } }],
    ["live, nothing ever traded", { price: {} }],
    ["historical, nothing traded", { price: { open: null, high: null, low: null, close: null } }],
    ["no prices at all", { price: null }],
  ])("%s: no price", (_name, change) => {
    expect(mapMarketCandles([{ ...live, ...change }], of, place)[0]?.price).toBeNull();
  });

  test.each([
    ["no end", { end_period_ts: "soon" }, "candlesticks[1].end_period_ts"],
    [
      "a number for a price",
      { yes_bid: { ...four("0.3300"), low_dollars: 0.33 } },
      "candlesticks[1].yes_bid",
    ],
    ["half a price", { price: { open_dollars: "0.3300" } }, "candlesticks[1].price"],
    ["words for prices", { yes_ask: "0.34" }, "candlesticks[1].yes_ask"],
    ["no volume", { volume_fp: undefined }, "candlesticks[1].volume"],
    ["a negative count", { open_interest_fp: "-1.00" }, "candlesticks[1].open_interest"],
  ])("drift is named by its path: %s", (_name, change, path) => {
    expect(() => mapMarketCandles([live, { ...live, ...change }], of, place)).toThrow(
      expect.objectContaining({ code: "PAYLOAD_CHANGED", details: { path, request: "GET /x" } }),
    );
  });
});
