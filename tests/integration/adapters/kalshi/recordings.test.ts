import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodeCoinbase } from "../../../../src/adapters/feeds/coinbase/frames.ts";
import { mapMarket } from "../../../../src/adapters/kalshi/rest-body.ts";
import { decode } from "../../../../src/adapters/kalshi/wire.ts";
import { Book } from "../../../../src/core/book.ts";
import { hasStrike, isOnGrid } from "../../../../src/core/market.ts";

// Whole recordings, which are not part of the repository: they lie beside it where this program is developed.
const DATA = new URL("../../../../../shared/data/", import.meta.url);
const isThere = existsSync(DATA);

const read = (path: string): string => {
  const bytes = readFileSync(new URL(path, DATA));
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
};
const list = (path: string): string[] =>
  isThere ? readdirSync(new URL(path, DATA)).filter((name) => name.endsWith(".gz")) : [];

function countFrames(frames: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of frames) {
    const frame = decode(text, 1);
    const kind = frame.kind === "data" ? frame.event.type : frame.kind;
    const word = frame.kind === "rejected" ? `rejected ${frame.reject}` : kind;
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}

const SUITE = isThere
  ? "whole recordings"
  : "SKIPPED: no recordings at ../shared/data, so nothing was decoded";

describe.skipIf(!isThere)(SUITE, () => {
  test.each(list("kalshi/ws-btc15m/"))(
    "%s decodes without reject and keeps a sound book",
    (name) => {
      const lines = read(`kalshi/ws-btc15m/${name}`).trim().split("\n");
      const book = new Book();
      const counts: Record<string, number> = {};
      let negative = 0;
      for (const line of lines) {
        const row = JSON.parse(line) as { frame?: object };
        if (row.frame === undefined) continue;
        const frame = decode(JSON.stringify(row.frame), 1);
        const word = frame.kind === "data" ? frame.event.type : frame.kind;
        counts[word] = (counts[word] ?? 0) + 1;
        if (frame.kind !== "data") continue;
        const { event } = frame;
        if (event.type === "snapshot") book.replace(event.yes, event.no, 1);
        if (event.type === "delta" && !book.apply(event.side, event.price, event.delta, 1))
          negative++;
      }
      expect(Object.keys(counts).toSorted()).toEqual(["delta", "snapshot", "subscribed", "ticker"]);
      expect(negative).toBe(0);
    },
  );

  test("the frames of 2026-04-18", () => {
    const lines = read("kalshi/ws-frames-kxbtc-20260418.jsonl").trim().split("\n");
    const counts = countFrames(lines.map((line) => (JSON.parse(line) as { raw: string }).raw));
    expect(counts).toEqual({ subscribed: 2, snapshot: 8, delta: 61, error: 3 });
  });

  test("the frames of 2026-08-07", () => {
    const { frames } = JSON.parse(read("kalshi/ws-frames-merge-20260807.json")) as {
      frames: { frame: object }[];
    };
    const counts = countFrames(frames.map(({ frame }) => JSON.stringify(frame)));
    expect(counts).toEqual({ subscribed: 1, snapshot: 12, ok: 11, delta: 245 });
  });

  test("the frames of the demo exchange of 2026-06-11", () => {
    const lines = read("kalshi/rest-demo-20260611/ws__orderbook_trade_yes.jsonl").split("\n");
    const counts = countFrames(lines.filter((line) => line.trim() !== ""));
    expect(Object.keys(counts).filter((word) => word.startsWith("rejected"))).toEqual([]);
  });

  test("the Coinbase frames", () => {
    const lines = read("spot/coinbase_advanced_ws_excerpt.jsonl").trim().split("\n");
    const frames = lines.map((line) => decodeCoinbase(line, 1));
    expect(frames.flatMap((frame) => frame.rejects)).toEqual([]);
    expect(frames).toHaveLength(8);
  });

  test.each(list("kalshi/market-objects/"))("market objects: %s", (name) => {
    const objects = JSON.parse(read(`kalshi/market-objects/${name}`)) as Record<string, unknown>;
    const markets = Object.values(objects).map((raw, at) =>
      mapMarket(raw, { request: name, path: `[${at}]` }),
    );
    expect(markets.every(hasStrike)).toBe(true);
    expect(markets.every((market) => market.closeMs - market.openMs === 3_600_000)).toBe(true);
    for (const { floorUsd, capUsd, ranges } of markets) {
      for (const strike of [floorUsd, capUsd]) {
        if (strike !== null) expect(strike).toBe(Number(strike.toFixed(2)));
      }
      expect(isOnGrid(ranges, 100 as Parameters<typeof isOnGrid>[1])).toBe(true);
    }
  });
});
