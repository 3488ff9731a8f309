import { readFileSync } from "node:fs";
import ccxt from "ccxt";
import { serve, timed } from "./serve.mjs";

const SYMBOL = "BTC/USD";
const exchange = new ccxt.pro.coinbase();
exchange.setMarkets([
  exchange.safeMarketStructure({
    id: "BTC-USD",
    symbol: SYMBOL,
    base: "BTC",
    quote: "USD",
    type: "spot",
    spot: true,
    active: true,
  }),
]);
// What ccxt's own client would do with the result: hand it to whoever waits, here nobody.
const client = { subscriptions: {}, resolve() {}, reject() {} };
const cache = new Map();

function sumOfTicker() {
  const { bid, ask } = exchange.tickers[SYMBOL];
  return (bid + ask) / 2;
}

function sumOfBook() {
  const { bids, asks } = exchange.orderbooks[SYMBOL];
  return (bids[0][0] + asks[0][0]) / 2;
}

await serve(({ file, kind }) => {
  if (!cache.has(file)) {
    cache.set(
      file,
      readFileSync(file, "utf8")
        .split("\n")
        .map((text) => Buffer.from(text)),
    );
  }
  const [first, ...frames] = cache.get(file);
  const mid = kind === "level2" ? sumOfBook : sumOfTicker;
  exchange.handleMessage(client, JSON.parse(first.toString()));
  let sum = 0;
  const ms = timed(() => {
    for (const frame of frames) {
      exchange.handleMessage(client, JSON.parse(frame.toString()));
      sum += mid();
    }
  });
  return { ms, sum, count: frames.length };
});
