import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { SpotBench } from "./bench.ts";

const FOLDER = path.resolve(import.meta.dirname, "../../../../../shared/data/spot");
const isThere = existsSync(FOLDER);
const TITLE = isThere
  ? "our frames have the shape of the recorded ones"
  : "SKIPPED: ../shared/data absent, 41,257 recorded spot frames were not compared";

/** What kind of text it is: a price of one venue may have other digits, but not another form. */
function textShape(text: string): string {
  if (/^\d{4}-\d\d-\d\dT[\d:]+(\.\d{1,9})?Z$/.test(text)) return "time";
  if (/^\d{4}-\d\d-\d\d [\d:.]+ \+0000 UTC m=\+[\d.]+$/.test(text)) return "go time";
  if (/^-?\d+\.\d{8}$/.test(text)) return "decimal";
  if (/^-?\d+(\.\d*)?$/.test(text)) return "number text";
  return text.replaceAll(/(BTC|ETH|SOL)/gi, "COIN");
}

/** Names in their order, kinds of values, and the kinds an array holds. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    const shapes = value.map((each) => JSON.stringify(shapeOf(each)));
    return [...new Set(shapes)].toSorted();
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([name, each]) => [
      name.replaceAll(/(BTC|ETH)/g, "COIN"),
      shapeOf(each),
    ]);
  }
  return typeof value === "string" ? textShape(value) : typeof value;
}

function recordedCoinbase() {
  const text = readFileSync(path.join(FOLDER, "coinbase_advanced_ws_excerpt.jsonl"), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function recordedBinance() {
  const file = path.join(FOLDER, "binance_spot_btcusdt_rawws_20240808.txt.gz");
  return gunzipSync(readFileSync(file))
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line.slice(line.indexOf(" ") + 1)));
}

/** A diff of one side has the shape of one of both. */
function bothSides(frame: { data?: { b?: unknown[]; a?: unknown[] } }): unknown {
  const { data } = frame;
  if (data?.b === undefined || !Array.isArray(data.b) || !Array.isArray(data.a)) return frame;
  const levels = [...data.b, ...data.a];
  return { ...frame, data: { ...data, b: levels, a: levels } };
}

/** Digits after the point may be any in what Coinbase trims, so its decimals are all one kind. */
function trimmedShape(frame: unknown): string {
  return JSON.stringify(shapeOf(frame)).replaceAll("number text", "decimal");
}

describe.skipIf(!isThere)(TITLE, () => {
  test("Coinbase: every recorded kind of frame", () => {
    const bench = new SpotBench();
    const client = bench.client("coinbase", "/coinbase/ws");
    for (const channel of ["heartbeats", "level2", "market_trades", "ticker"]) {
      client.say({ type: "subscribe", channel, product_ids: ["BTC-USD", "SOL-USD"] });
    }
    client.say({ type: "subscribe", channel: "user", product_ids: ["BTC-USD"] });
    bench.pass(5000);
    const ours = new Set(client.take().map(trimmedShape));
    // What the connection was subscribed to differs, so of the acknowledgement only the names are compared.
    const recorded = recordedCoinbase();
    const acknowledgement = recorded.find(({ channel }) => channel === "subscriptions");
    for (const frame of recorded) {
      if (frame === acknowledgement) continue;
      const [event] = frame.events ?? [];
      // One side or one trade alone is as good as several.
      expect(ours, `${frame.channel} ${event?.type}`).toContain(trimmedShape(frame));
    }
    expect(shapeOf(Object.keys(acknowledgement))).toEqual(
      shapeOf(["channel", "timestamp", "sequence_num", "events"]),
    );
  });

  test("Binance: trade, bookTicker, depth diff and REST book, from every recorded line", () => {
    const bench = new SpotBench();
    const streams = ["depth@100ms", "bookTicker", "trade"].map((name) => `btcusdt@${name}`);
    const client = bench.client("binance", `/binance/stream?streams=${streams.join("/")}`);
    bench.pass(60_000);
    const { json } = bench.get("/binance/api/v3/depth?symbol=BTCUSDT&limit=1000");
    const ours = new Set(
      [...client.take(), json].map((each) => JSON.stringify(shapeOf(bothSides(each)))),
    );
    const recorded = recordedBinance();
    const theirs = new Map<string, number>();
    for (const frame of recorded) {
      const shape = JSON.stringify(shapeOf(bothSides(frame)));
      theirs.set(shape, (theirs.get(shape) ?? 0) + 1);
    }
    expect(recorded).toHaveLength(41_249);
    for (const [shape, count] of theirs) expect([...ours], `${count} frames`).toContain(shape);
    for (const shape of ours) expect([...theirs.keys()]).toContain(shape);
  });

  test("Binance: the rules of the local book hold in the recording as they do here", () => {
    const bench = new SpotBench();
    const client = bench.client("binance", "/binance/stream?streams=btcusdt@depth@100ms");
    bench.pass(60_000);
    for (const frames of [recordedBinance(), client.take()]) {
      const diffs = frames.filter(({ data }) => data?.e === "depthUpdate").map(({ data }) => data);
      expect(diffs.length).toBeGreaterThan(300);
      const breaks = diffs.filter((diff, at) => at > 0 && diff.U !== diffs[at - 1].u + 1);
      expect(breaks).toEqual([]);
    }
  });
});
