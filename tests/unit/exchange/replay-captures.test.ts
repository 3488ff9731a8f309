import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openReplayWorld } from "../../../src/exchange/replay/replay-world.ts";
import type { Happening, WorldBook, WorldMarket } from "../../../src/exchange/world.ts";

// The recordings are shared between projects and are not part of the repository.
const repoRoot = path.resolve(import.meta.dirname, "../../..");
const folder = path.resolve(repoRoot, "../shared/data/kalshi/ws-btc15m");
const isThere = existsSync(path.join(folder, "index.json"));

interface IndexRow {
  readonly file: string;
  readonly market_ticker: string;
  readonly close_time: string;
  readonly floor_strike: number;
  readonly frames: number;
  readonly next_floor_strike: number | null;
  readonly derived_result: string | null;
}

const rows: readonly IndexRow[] = isThere
  ? JSON.parse(readFileSync(path.join(folder, "index.json"), "utf8"))
  : [];
const files = [...new Set(rows.map((row) => row.file))];

interface Served {
  readonly frames: Map<string, number>;
  readonly disconnects: number;
  readonly lastBeforeClose: Map<string, WorldBook>;
  readonly lastTexts: Map<string, string>;
  readonly trades: number;
  readonly isOrdered: boolean;
}

function serve(world: ReturnType<typeof openReplayWorld>): Served {
  const frames = new Map<string, number>();
  const lastBeforeClose = new Map<string, WorldBook>();
  const lastTexts = new Map<string, string>();
  let disconnects = 0;
  let trades = 0;
  let isOrdered = true;
  let clock = world.startMs;
  const emit = (happening: Happening): void => {
    if (happening.type === "disconnect") disconnects++;
    if (happening.type === "spotTrades") trades += happening.trades.length;
    if (happening.type !== "frame") return;
    if (happening.atMs < clock || world.nowMs() !== happening.atMs) isOrdered = false;
    clock = happening.atMs;
    frames.set(happening.ticker, (frames.get(happening.ticker) ?? 0) + 1);
    if (happening.channel === "orderbook_delta") lastTexts.set(happening.ticker, happening.text);
  };
  const closes = rows.map((row) => ({ ...row, closeMs: Date.parse(row.close_time) }));
  for (let next = world.nextMs(); next !== null; next = world.nextMs()) {
    const close = closes.find((row) => row.closeMs > world.nowMs() && row.closeMs <= next);
    if (close !== undefined && !lastBeforeClose.has(close.market_ticker)) {
      const book = world.book(close.market_ticker);
      if (book !== undefined) lastBeforeClose.set(close.market_ticker, book);
    }
    world.runUntil(next, emit);
  }
  return { frames, disconnects, lastBeforeClose, lastTexts, trades, isOrdered };
}

function checkMarket(market: WorldMarket | undefined, row: (typeof rows)[number]): void {
  expect(market).toMatchObject({
    floorUsd: row.floor_strike,
    result: row.derived_result ?? "",
    expirationValue: row.next_floor_strike?.toFixed(2) ?? "",
    exchangeIndex: 0,
  });
  expect(market?.status === "finalized").toBe(row.derived_result !== null);
}

describe.skipIf(!isThere)(
  isThere ? "every recorded session" : "SKIPPED: ../shared/data absent",
  () => {
    test.each(files)("%s is served whole", (file) => {
      const world = openReplayWorld(path.join(folder, file));
      expect(world.truncated).toBeNull();
      expect(world.badLines).toBe(0);
      const sids = [world.recordedSid("ticker"), world.recordedSid("orderbook_delta")];
      expect(sids).toEqual([1, 2]);
      // Only the frame that is next waits for a listener; what comes before it is served.
      for (let next = world.nextMs(); world.awaits() === null; next = world.nextMs()) {
        world.runUntil(next ?? Number.NaN, () => {});
      }
      expect(world.awaits()?.channel).toBe("orderbook_delta");
      const mine = rows.filter((row) => row.file === file);
      expect(world.markets().map((market) => market.ticker)).toEqual([mine[0]?.market_ticker]);

      const served = serve(world);
      expect(world.ended).toBe(true);
      expect(world.awaits()).toBeNull();
      expect(served.isOrdered).toBe(true);
      expect(served.disconnects).toBe(mine.length - 1);
      expect(served.trades).toBeGreaterThan(100);
      expect(world.products()).toEqual(["BTC-USD"]);
      for (const row of mine) {
        expect(served.frames.get(row.market_ticker)).toBe(row.frames);
        checkMarket(world.market(row.market_ticker), row);
        checkClose(served, row, world.book(row.market_ticker));
      }
    });

    test("frames keep their recorded text", () => {
      const file = "20260515T023655Z.jsonl.gz";
      const world = openReplayWorld(path.join(folder, file));
      const texts: string[] = [];
      world.runUntil(world.startMs + 60_000, (happening) => {
        if (happening.type === "frame") texts.push(happening.text);
      });
      const recorded = gunzipSync(readFileSync(path.join(folder, file))).toString("utf8");
      const frames = recorded
        .split("\n")
        .filter((line) => line.includes('"frame"') && !line.includes('"subscribed"'))
        .map((line) => `${JSON.stringify(JSON.parse(line).frame)}\n`);
      expect(texts).toEqual(frames);
    });

    test("candles come from trades received so far, history included", () => {
      const world = openReplayWorld(path.join(folder, "20260511T121731Z.jsonl.gz"));
      const startS = Math.floor(world.startMs / 1000);
      const early = world.candles("BTC-USD", startS - 3600, startS + 3600, 60);
      world.runUntil(world.startMs + 300_000, () => {});
      const later = world.candles("BTC-USD", startS - 3600, startS + 3600, 60);
      expect(later.length - early.length).toBeGreaterThanOrEqual(4);
      for (const candle of later) {
        expect(candle.high).toBeGreaterThanOrEqual(Math.max(candle.open, candle.close));
        expect((candle.startS + 60) * 1000).toBeLessThanOrEqual(world.nowMs());
      }
    });
  },
);

function checkClose(served: Served, row: IndexRow, after: WorldBook | undefined): void {
  const before = served.lastBeforeClose.get(row.market_ticker);
  if (row.derived_result === null) return;
  expect(served.lastTexts.get(row.market_ticker)).toContain("orderbook_snapshot");
  expect(after).toEqual({ yes: [], no: [] });
  const yes = before?.yes.at(-1)?.[0] ?? 0;
  const no = before?.no.at(-1)?.[0] ?? 0;
  expect(yes + no).toBeGreaterThan(0);
  expect(yes + no).toBeLessThan(10_000);
}
