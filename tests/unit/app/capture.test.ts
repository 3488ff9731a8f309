import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type CaptureCounts, captureLines } from "../../../src/app/capture.ts";
import type { MarketEvent } from "../../../src/core/events.ts";
import { price, qty } from "../../../src/core/units.ts";
import { type FrameLine, readCapture } from "../../../src/exchange/replay/read-capture.ts";
import { aMarket, levels } from "../../support/builders.ts";

const folder = mkdtempSync(join(tmpdir(), "kbt-capture-"));
afterAll(() => rmSync(folder, { recursive: true }));

const T0 = 1_793_646_000_000;
const MARKET = aMarket({ openMs: T0, closeMs: T0 + 900_000 });
const { ticker } = MARKET;
const LADDER = aMarket({
  ticker: "KXBTCD-26NOV0215-T1",
  seriesTicker: "KXBTCD",
  strikeType: "greater",
});

const told = (market = MARKET, recvMs = T0): MarketEvent => ({ type: "market", market, recvMs });
const snapshot = (recvMs: number, of = ticker): MarketEvent => ({
  type: "snapshot",
  ticker: of,
  sid: 4,
  seq: 17,
  yes: levels([[49, 500]]),
  no: [],
  recvMs,
});
const delta = (recvMs: number, seq: number, of = ticker): MarketEvent => ({
  type: "delta",
  ticker: of,
  sid: 4,
  seq,
  side: "no",
  price: price(5_010),
  delta: qty(-250),
  exchangeMs: recvMs - 3,
  recvMs,
});
const gap = (reason: string, seqs: readonly [number, number] | null): MarketEvent => ({
  type: "gap",
  source: "kalshi",
  reason,
  tickers: [ticker],
  sid: seqs === null ? null : 4,
  fromSeq: seqs?.[0] ?? null,
  toSeq: seqs?.[1] ?? null,
  fromMs: null,
  toMs: T0,
  recvMs: T0,
});

interface Written {
  readonly lines: readonly Record<string, Record<string, unknown>>[];
  readonly counts: CaptureCounts;
  readonly text: string;
}

function write(events: readonly MarketEvent[]): Written {
  const counts = { frames: 0, markets: 0, others: 0 };
  const all = [...captureLines(events, counts)];
  return { lines: all.map((line) => JSON.parse(line)), counts, text: all.join("") };
}

/** What the local exchange makes of it. */
function read(text: string): { readonly frames: readonly FrameLine[]; readonly kinds: string[] } {
  const path = join(folder, "capture.jsonl");
  writeFileSync(path, text);
  const { badLines, lines, truncated } = readCapture(path);
  expect({ badLines, truncated }).toEqual({ badLines: 0, truncated: null });
  const frames = lines.flatMap((line) => (line.kind === "frame" ? [line] : []));
  return { frames, kinds: lines.map(({ kind }) => kind) };
}

describe("a capture", () => {
  test("notes the market, the connection and each subscription before its first frame", () => {
    const { counts, lines, text } = write([told(), snapshot(T0 + 1), delta(T0 + 2, 18)]);
    expect(lines).toEqual([
      {
        recv_ns: `${T0 - 1_000}000000`,
        control: {
          event: "watch_market",
          market_ticker: ticker,
          close_time: "2026-11-02T19:15:00.000Z",
          status: "active",
          strike: 100_000,
        },
      },
      { recv_ns: `${T0 + 1}000000`, control: { event: "connected" } },
      {
        recv_ns: `${T0 + 1}000000`,
        frame: { id: 1, type: "subscribed", msg: { channel: "orderbook_delta", sid: 4 } },
      },
      {
        recv_ns: `${T0 + 1}000000`,
        frame: {
          type: "orderbook_snapshot",
          sid: 4,
          seq: 1,
          msg: { market_ticker: ticker, yes_dollars_fp: [["0.4900", "500.00"]] },
        },
      },
      {
        recv_ns: `${T0 + 2}000000`,
        frame: {
          type: "orderbook_delta",
          sid: 4,
          seq: 2,
          msg: {
            market_ticker: ticker,
            side: "no",
            price_dollars: "0.5010",
            delta_fp: "-2.50",
            ts_ms: T0 - 1,
          },
        },
      },
    ]);
    expect(counts).toEqual({ frames: 2, markets: 1, others: 0 });
    const { frames, kinds } = read(text);
    expect(kinds).toEqual(["market", "frame", "frame"]);
    expect(frames.map(({ recvMs, seq, sid }) => [recvMs, sid, seq])).toEqual([
      [T0 + 1, 4, 1],
      [T0 + 2, 4, 2],
    ]);
  });

  test("says a strike once it is known, and a market only once", () => {
    const unknown = { ...MARKET, floorUsd: null };
    const { counts, lines } = write([told(unknown), told(unknown), told(), told()]);
    expect(lines.map(({ control }) => control?.["strike"])).toEqual([null, 100_000]);
    expect(counts.markets).toBe(1);
  });

  test("keeps what was lost lost, and what others took does not look lost", () => {
    const events = [
      told(),
      snapshot(T0),
      delta(T0, 18),
      told(LADDER),
      delta(T0, 19, LADDER.ticker),
      delta(T0, 20),
      gap("seq", [21, 23]),
      delta(T0, 24),
    ];
    const { counts, text } = write(events);
    expect(read(text).frames.map(({ seq }) => seq)).toEqual([1, 2, 3, 7]);
    expect(counts).toEqual({ frames: 4, markets: 1, others: 1 });
  });

  test("begins a connection after each that was lost", () => {
    const { text } = write([told(), snapshot(T0), gap("disconnect", null), snapshot(T0 + 9)]);
    const { frames, kinds } = read(text);
    expect(kinds).toEqual(["market", "frame", "disconnect", "frame"]);
    expect(frames.map(({ connection, seq }) => [connection, seq])).toEqual([
      [0, 1],
      [1, 1],
    ]);
  });

  test("of a run without an up/down market is empty", () => {
    const { counts, text } = write([told(LADDER), snapshot(T0, LADDER.ticker)]);
    expect(text).toBe("");
    expect(counts).toEqual({ frames: 0, markets: 0, others: 1 });
  });
});
