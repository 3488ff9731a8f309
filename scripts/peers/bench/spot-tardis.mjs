import { readFileSync } from "node:fs";
import { normalizeBookChanges, OrderBook } from "tardis-dev";
import { serve, timed } from "./serve.mjs";

// tardis-dev reads Coinbase's older Exchange feed, so it gets the same changes in that feed's shape.
const cache = new Map();
const RECEIVED = new Date();

await serve(({ file }) => {
  if (!cache.has(file)) {
    cache.set(
      file,
      readFileSync(file, "utf8")
        .split("\n")
        .map((text) => Buffer.from(text)),
    );
  }
  const mapper = normalizeBookChanges("coinbase", RECEIVED);
  const book = new OrderBook();
  const take = (frame) => {
    for (const change of mapper.map(JSON.parse(frame.toString()), RECEIVED)) book.update(change);
  };
  const [first, ...frames] = cache.get(file);
  take(first);
  let sum = 0;
  const ms = timed(() => {
    for (const frame of frames) {
      take(frame);
      sum += (book.bestBid().price + book.bestAsk().price) / 2;
    }
  });
  return { ms, sum, count: frames.length };
});
