// Frames as ws hands them over, decoded by one of two: `json` is toString and JSON.parse alone, `kbt` the product's
// decoder as the session uses it, the scanner first.
import { readFileSync } from "node:fs";
import { DeltaScanner } from "../../../src/adapters/kalshi/delta-scan.ts";
import { decode } from "../../../src/adapters/kalshi/wire.ts";
import type { MarketEvent } from "../../../src/core/events.ts";
import { isObject } from "../../../src/exchange/replay/read-capture.ts";
import { numberAt, textAt } from "../child.ts";
import { serve, timed } from "../serve.ts";

const [who = "", file = ""] = process.argv.slice(2);
const RECV_MS = 1_800_000_000_000;
const scanner = new DeltaScanner();

const frames = readFileSync(file, "utf8")
  .split("\n")
  .map((text) => Buffer.from(text));
const sets = new Map<string, readonly Buffer[]>([
  ["mixed", frames],
  ["delta", frames.filter((frame) => frame.includes('"orderbook_delta"'))],
]);

await serve(async (request) => {
  const set = sets.get(textAt(request, "set")) ?? [];
  if (request["do"] === "account") return who === "kbt" ? accountOfKbt(set) : accountOfJson(set);
  const loops = numberAt(request, "loops");
  const run = who === "kbt" ? runKbt : runJson;
  let seen = 0;
  const cost = await timed(() => {
    for (let loop = 0; loop < loops; loop++) seen += run(set);
  });
  return { ...cost, seen, count: set.length * loops };
});

function decoded(bytes: Buffer): MarketEvent | null {
  const change = scanner.scan(bytes, RECV_MS);
  if (change !== null) return change;
  const frame = decode(bytes.toString("utf8"), RECV_MS);
  return frame.kind === "data" ? frame.event : null;
}

function runKbt(set: readonly Buffer[]): number {
  let seen = 0;
  for (const frame of set) {
    if (decoded(frame) !== null) seen++;
  }
  return seen;
}

function runJson(set: readonly Buffer[]): number {
  let seen = 0;
  for (const frame of set) {
    const value: unknown = JSON.parse(frame.toString("utf8"));
    if (typeof value === "object") seen++;
  }
  return seen;
}

/** What the deltas say together; both subjects must come to the same. */
function accountOfKbt(set: readonly Buffer[]): object {
  let [data, deltas, prices, sizes] = [0, 0, 0, 0];
  for (const frame of set) {
    const event = decoded(frame);
    if (event === null) continue;
    data++;
    if (event.type !== "delta") continue;
    deltas++;
    prices += event.price;
    sizes += event.delta;
  }
  return { data, deltas, prices, sizes };
}

function accountOfJson(set: readonly Buffer[]): object {
  let [data, deltas, prices, sizes] = [0, 0, 0, 0];
  for (const frame of set) {
    const value: unknown = JSON.parse(frame.toString("utf8"));
    const msg = isObject(value) ? value["msg"] : null;
    if (!isObject(value) || !isObject(msg)) continue;
    data++;
    if (value["type"] !== "orderbook_delta") continue;
    deltas++;
    prices += Math.round(Number(msg["price_dollars"]) * 1e4);
    sizes += Math.round(Number(msg["delta_fp"]) * 100);
  }
  return { data, deltas, prices, sizes };
}
