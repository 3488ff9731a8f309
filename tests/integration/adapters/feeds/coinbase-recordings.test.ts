import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  type CoinbaseFrame,
  decodeCoinbase,
} from "../../../../src/adapters/feeds/coinbase/frames.ts";
import type { SpotDepth } from "../../../../src/core/events.ts";
import { SpotBook } from "../../../../src/core/spot-book.ts";
import { CoinbaseRig } from "../../../unit/adapters/feeds/coinbase/rig.ts";

// What Coinbase really sent, through the decoder and the feed. The recorded trades come from the older feed as a table;
// they are put into the frames of the newer one, whose ids are the same.

const SPOT = resolve(import.meta.dirname, "../../../../../shared/data/spot");
const FRAMES = resolve(SPOT, "coinbase_advanced_ws_excerpt.jsonl");
const SEGMENTS = resolve(SPOT, "coinbase_btcusd_matches_segments.csv");

interface Match {
  readonly atMs: number;
  readonly id: number;
  readonly price: string;
}

interface Segment {
  readonly startMs: number;
  readonly endMs: number;
  readonly ticks: number;
  readonly idGaps: number;
}

function table(text: string): string[][] {
  const lines = text.trim().split("\n").slice(1);
  return lines.map((line) => line.split(","));
}

function readMatches(): Match[] {
  const files = readdirSync(SPOT).filter((name) => /^coinbase_btcusd_matches_\d+/.test(name));
  return files.toSorted().flatMap((name) => {
    const rows = table(gunzipSync(readFileSync(resolve(SPOT, name))).toString("utf8"));
    return rows.map(([us, id, , price = ""]) => ({
      atMs: Math.floor(Number(us) / 1000),
      id: Number(id),
      price,
    }));
  });
}

function readSegments(): Segment[] {
  return table(readFileSync(SEGMENTS, "utf8")).map(([start = "", end = "", ticks, gaps]) => ({
    startMs: Date.parse(start),
    endMs: Date.parse(end),
    ticks: Number(ticks),
    idGaps: Number(gaps),
  }));
}

const tradeOf = ({ atMs, id, price }: Match) => ({
  product_id: "BTC-USD",
  trade_id: `${id}`,
  price,
  size: "0.01",
  time: new Date(atMs).toISOString(),
  side: "BUY",
});

/** One recording window over one connection, every eighth frame twice, newest trades first as in a snapshot. */
async function play(matches: readonly Match[]): Promise<CoinbaseRig> {
  const rig = new CoinbaseRig(false);
  rig.rest = () => ({ status: 503, body: "" });
  const size = 7;
  for (let at = 0; at < matches.length; at += size) {
    const trades = matches.slice(at, at + size).map(tradeOf);
    const frame = rig.frame("market_trades", { type: "update", trades: trades.toReversed() });
    rig.network.last.push(frame);
    if (at % (8 * size) === 0) rig.network.last.push(frame);
  }
  rig.stop.abort();
  await rig.running;
  return rig;
}

/** Books of the recorded frames, in their order. */
function recordedDepths(): SpotDepth[] {
  return recordedFrames().flatMap(({ depths }) => [...depths]);
}

function recordedFrames(): CoinbaseFrame[] {
  const lines = readFileSync(FRAMES, "utf8").trim().split("\n");
  return lines.map((line) => decodeCoinbase(line, 1));
}

/** Applies a recorded change. */
function apply(book: SpotBook, depth: SpotDepth | undefined): boolean {
  return book.apply(depth?.bids ?? [], depth?.asks ?? []);
}

const hasFrames = existsSync(FRAMES);
const FRAMES_TITLE = hasFrames ? "recorded frames" : "SKIPPED: no frames at ../shared/data";

describe.skipIf(!hasFrames)(FRAMES_TITLE, () => {
  test("every one is understood", () => {
    const facts = recordedFrames().map(({ channel, control, rejects, unknown }) => [
      channel,
      control,
      rejects,
      unknown,
    ]);
    expect(facts).toEqual([
      ["l2_data", 0, [], null],
      ["subscriptions", 1, [], null],
      ["market_trades", 0, [], null],
      ["l2_data", 0, [], null],
      ["l2_data", 0, [], null],
      ["heartbeats", 1, [], null],
      ["ticker", 0, [], null],
      [null, 1, [], null],
    ]);
  });

  test("thirty levels a side make the book that the reference describes", () => {
    const [snapshot, update, later] = recordedDepths();
    const book = new SpotBook();
    expect(book.replace(snapshot?.bids ?? [], snapshot?.asks ?? [])).toBe(true);
    expect([[...book.levels("bid")].length, [...book.levels("ask")].length]).toEqual([30, 30]);
    expect(((book.bidUsd ?? 0) + (book.askUsd ?? 0)) / 2).toBeCloseTo(83_277.255, 6);
    expect(apply(book, update)).toBe(true);
    expect([book.askUsd, book.askSize, book.isCrossed]).toEqual([83_277.26, 0.0105191, false]);
    // The third frame is five seconds on: what was lost in between shows at once.
    expect(apply(book, later)).toBe(true);
    expect(book.isCrossed).toBe(true);
  });
});

const hasTrades = existsSync(SEGMENTS);
const TRADES_TITLE = hasTrades ? "recorded trades" : "SKIPPED: no trades at ../shared/data";

/** Ids that the feed gave up as lost. */
function lostIds({ events }: CoinbaseRig): number {
  let lost = 0;
  for (const event of events) {
    if (event.type !== "gap") continue;
    expect(event.reason).toBe("trade_id");
    lost += (event.toSeq ?? 0) - (event.fromSeq ?? 0) + 1;
  }
  return lost;
}

describe.skipIf(!hasTrades)(TRADES_TITLE, () => {
  test("each of them arrives once, and holes are found where the recording has them", async () => {
    const matches = readMatches();
    expect(matches).toHaveLength(180_525);
    let [emitted, holes] = [0, 0];
    for (const { endMs, idGaps, startMs, ticks } of readSegments()) {
      const window = matches.filter(({ atMs }) => startMs <= atMs && atMs <= endMs);
      const rig = await play(window);
      const ids = rig.events.flatMap((event) => (event.type === "spot" ? [event.tradeId] : []));
      expect(ids).toEqual(window.map(({ id }) => `${id}`));
      const { rejected, received, ...stats } = rig.feed.stats;
      expect(stats).toMatchObject({ emitted: ticks, gaps: idGaps, control: 0 });
      expect([...rejected.keys()]).toEqual(["duplicate"]);
      expect(received).toBe(ticks + (rejected.get("duplicate") ?? 0));
      const span = Number(ids.at(-1)) - Number(ids[0]) + 1;
      expect(lostIds(rig)).toBe(span - ticks);
      emitted += stats.emitted;
      holes += stats.gaps;
    }
    expect([emitted, holes]).toEqual([180_525, 2]);
  });
});
