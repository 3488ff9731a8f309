// Coinbase frames to a mid price by the product's own decoder and, for level 2, its own book.
import { readFileSync } from "node:fs";
import { decodeCoinbase } from "../../../src/adapters/feeds/coinbase/frames.ts";
import { SpotBook } from "../../../src/core/spot-book.ts";
import { textAt } from "../child.ts";
import { serve, timed } from "../serve.ts";

const RECV_MS = 1_800_000_000_000;
const cache = new Map<string, readonly Buffer[]>();
const book = new SpotBook();

await serve(async (request) => {
  const file = textAt(request, "file");
  const [first, ...frames] = cache.get(file) ?? load(file);
  const follow = request["kind"] === "level2" ? followBook : followTicker;
  if (first !== undefined) follow([first]);
  let sum = 0;
  const { ms } = await timed(() => {
    sum = follow(frames);
  });
  return { ms, sum, count: frames.length };
});

function followTicker(frames: readonly Buffer[]): number {
  let sum = 0;
  for (const frame of frames) {
    for (const { askUsd, bidUsd } of decodeCoinbase(frame.toString("utf8"), RECV_MS).ticks) {
      if (bidUsd !== null && askUsd !== null) sum += (bidUsd + askUsd) / 2;
    }
  }
  return sum;
}

function followBook(frames: readonly Buffer[]): number {
  let sum = 0;
  for (const frame of frames) {
    for (const { asks, bids, kind } of decodeCoinbase(frame.toString("utf8"), RECV_MS).depths) {
      if (kind === "snapshot") book.replace(bids, asks);
      else book.apply(bids, asks);
    }
    sum += ((book.bidUsd ?? Number.NaN) + (book.askUsd ?? Number.NaN)) / 2;
  }
  return sum;
}

function load(file: string): readonly Buffer[] {
  const frames = readFileSync(file, "utf8")
    .split("\n")
    .map((text) => Buffer.from(text));
  cache.set(file, frames);
  return frames;
}
