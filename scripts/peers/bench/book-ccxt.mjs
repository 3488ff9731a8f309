import ccxt from "ccxt";
import { follow, ONE, readOps } from "./ops.mjs";
import { serve, timed } from "./serve.mjs";

const exchange = new ccxt.pro.coinbase();
const cache = new Map();

await serve(({ file, count }) => {
  if (!cache.has(file)) cache.set(file, readOps(file));
  const { start, ops } = cache.get(file);
  const book = exchange.orderBook();
  const apply = (side, level, size) => {
    if (side === 0) book.bids.store(level, size);
    else book.asks.store(ONE - level, size);
  };
  for (let at = 0; at < start.length; at += 3) apply(start[at], start[at + 1], start[at + 2]);
  const followed = {
    apply,
    bestYes: () => book.bids[0]?.[0] ?? 0,
    bestNo: () => (book.asks.length === 0 ? 0 : ONE - book.asks[0][0]),
  };
  let sum = 0;
  const ms = timed(() => {
    sum = follow(followed, ops, count);
  });
  return { ms, sum, count };
});
