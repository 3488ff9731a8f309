import { OrderBook } from "tardis-dev";
import { follow, ONE, readOps } from "./ops.mjs";
import { serve, timed } from "./serve.mjs";

const cache = new Map();

await serve(({ file, count }) => {
  if (!cache.has(file)) cache.set(file, readOps(file));
  const { start, ops } = cache.get(file);
  const book = new OrderBook();
  const [bids, asks] = [[], []];
  for (let at = 0; at < start.length; at += 3) {
    if (start[at] === 0) bids.push({ price: start[at + 1], amount: start[at + 2] });
    else asks.push({ price: ONE - start[at + 1], amount: start[at + 2] });
  }
  book.update({ isSnapshot: true, bids, asks });
  const followed = {
    apply(side, level, amount) {
      if (side === 0)
        book.update({ isSnapshot: false, bids: [{ price: level, amount }], asks: [] });
      else book.update({ isSnapshot: false, bids: [], asks: [{ price: ONE - level, amount }] });
    },
    bestYes: () => book.bestBid()?.price ?? 0,
    bestNo: () => ONE - (book.bestAsk()?.price ?? ONE),
  };
  let sum = 0;
  const ms = timed(() => {
    sum = follow(followed, ops, count);
  });
  return { ms, sum, count };
});
