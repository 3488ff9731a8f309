import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { CaptureError } from "../../../src/exchange/replay/capture-error.ts";
import { parseUtcMs } from "../../../src/exchange/replay/iso-time.ts";
import { openReplayWorld, type ReplayWorld } from "../../../src/exchange/replay/replay-world.ts";
import type { Happening } from "../../../src/exchange/world.ts";

const folder = mkdtempSync(path.join(tmpdir(), "kbt-replay-"));
afterAll(() => rmSync(folder, { recursive: true }));

const FIRST = "KXBTC15M-26MAY110830-30";
const SECOND = "KXBTC15M-26MAY110845-45";
const CLOSE_MS = Date.parse("2026-05-11T12:30:00Z");

function line(offsetMs: number, body: object): string {
  return `${JSON.stringify({ recv_ns: `${CLOSE_MS + offsetMs}250000`, ...body })}\n`;
}

function watch(offsetMs: number, ticker: string, close: string, strike: number | null): string {
  const control = { event: "watch_market", market_ticker: ticker, close_time: close, strike };
  return line(offsetMs, { control });
}

function connected(offsetMs: number): string {
  return line(offsetMs, { control: { event: "connected" } });
}

function subscribed(offsetMs: number, channel: string, sid: number): string {
  return line(offsetMs, { frame: { type: "subscribed", id: 1, msg: { channel, sid } } });
}

function snapshot(offsetMs: number, ticker: string, seq: number, sides: object): string {
  const msg = { market_ticker: ticker, market_id: "an-id", ...sides };
  return line(offsetMs, { frame: { type: "orderbook_snapshot", sid: 2, seq, msg } });
}

function delta(offsetMs: number, seq: number, price: string, change: string): string {
  const msg = { market_ticker: FIRST, side: "no", price_dollars: price, delta_fp: change };
  return line(offsetMs, { frame: { type: "orderbook_delta", sid: 2, seq, msg } });
}

const SESSION = [
  watch(-60_000, FIRST, "2026-05-11T12:30:00Z", 81_087.33),
  connected(-59_900),
  subscribed(-59_800, "orderbook_delta", 2),
  snapshot(-59_700, FIRST, 1, {
    yes_dollars_fp: [["0.3100", "12.50"]],
    no_dollars_fp: [["0.6700", "5.00"]],
  }),
  delta(-59_600, 2, "0.6700", "-5.00"),
  delta(-59_500, 3, "0.6800", "7.25"),
  snapshot(900, FIRST, 4, {}),
  line(30_000, { control: { event: "market_rotated" } }),
  watch(30_100, SECOND, "2026-05-11T12:45:00Z", 81_087.33),
  connected(30_200),
  subscribed(30_300, "orderbook_delta", 7),
  snapshot(30_400, SECOND, 1, { yes_dollars_fp: [["0.5000", "1.00"]] }),
];

let files = 0;
function write(content: string | Buffer, suffix = ".jsonl"): string {
  const file = path.join(folder, `capture-${files++}${suffix}`);
  writeFileSync(file, content);
  return file;
}

function drain(world: ReplayWorld, stepMs = 1e9): Happening[] {
  const out: Happening[] = [];
  while (!world.ended) world.runUntil(world.nowMs() + stepMs, (happening) => out.push(happening));
  return out;
}

function kinds(happenings: readonly Happening[]): string[] {
  return happenings.map((each) =>
    each.type === "lifecycle" ? String(each.msg["event_type"]) : each.type,
  );
}

function caught(run: () => unknown): CaptureError {
  try {
    run();
  } catch (error) {
    if (error instanceof CaptureError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("a synthetic session", () => {
  test("serves frames, ends the connection, settles from the next strike", () => {
    const world = openReplayWorld(write(SESSION.join("")));
    expect(world.startMs).toBe(CLOSE_MS - 60_000);
    expect(world.market(FIRST)?.status).toBe("active");
    expect(world.market(SECOND)).toBeUndefined();
    expect(world.products()).toEqual([]);
    expect(kinds(drain(world))).toEqual([
      "created",
      "metadata_updated",
      "frame",
      "frame",
      "frame",
      "frame",
      "disconnect",
      "determined",
      "created",
      "metadata_updated",
      "frame",
      "settled",
    ]);
    expect(world.market(FIRST)).toMatchObject({
      result: "yes",
      expirationValue: "81087.33",
      status: "finalized",
      settledMs: CLOSE_MS + 31_100,
      seriesTicker: "KXBTC15M",
      eventTicker: "KXBTC15M-26MAY110830",
      marketId: "an-id",
    });
    expect(world.market(SECOND)).toMatchObject({ result: "", status: "closed" });
  });

  test("the book follows the served frames", () => {
    const world = openReplayWorld(write(SESSION.join("")));
    world.runUntil(CLOSE_MS - 59_700, () => {});
    expect(world.book(FIRST)).toEqual({ yes: [[3100, 1250]], no: [[6700, 500]] });
    world.runUntil(CLOSE_MS - 59_500, () => {});
    expect(world.book(FIRST)).toEqual({ yes: [[3100, 1250]], no: [[6800, 725]] });
    world.runUntil(CLOSE_MS, () => {});
    expect(world.market(FIRST)?.status).toBe("closed");
    world.runUntil(CLOSE_MS + 900, () => {});
    expect(world.book(FIRST)).toEqual({ yes: [], no: [] });
    expect(world.book("KXBTC15M-UNKNOWN")).toBeUndefined();
  });

  test("awaits the next frame's listener and gives that connection's sid", () => {
    const world = openReplayWorld(write(SESSION.join("")));
    expect(world.awaits()).toBeNull();
    for (let next = world.nextMs(); world.awaits() === null; next = world.nextMs()) {
      world.runUntil(next ?? Number.NaN, () => {});
    }
    expect(world.awaits()).toEqual({ channel: "orderbook_delta", ticker: FIRST });
    expect(world.recordedSid("orderbook_delta")).toBe(2);
    expect(world.recordedSid("trade")).toBeUndefined();
    world.runUntil(CLOSE_MS + 900, () => {});
    // The next market is not listed yet: waiting for its listener would stop time for good.
    expect(world.awaits()).toBeNull();
    expect(world.nextMs()).toBe(CLOSE_MS + 30_100);
    world.runUntil(CLOSE_MS + 30_100, () => {});
    expect(world.awaits()).toEqual({ channel: "orderbook_delta", ticker: SECOND });
    expect(world.recordedSid("orderbook_delta")).toBe(7);
    world.runUntil(CLOSE_MS + 30_400, () => {});
    expect(world.awaits()).toBeNull();
    expect(world.ended).toBe(false);
    expect(world.nextMs()).toBe(CLOSE_MS + 31_100);
    world.runUntil(CLOSE_MS + 32_400, () => {});
    expect(world.ended).toBe(true);
    expect(world.nextMs()).toBeNull();
  });

  test("steps of any size give the same stream", () => {
    const file = write(SESSION.join(""));
    expect(drain(openReplayWorld(file), 7)).toEqual(drain(openReplayWorld(file)));
  });

  test("a recording that stops before the next strike settles nothing", () => {
    const world = openReplayWorld(write(SESSION.slice(0, 8).join("")));
    drain(world);
    expect(world.market(FIRST)).toMatchObject({ result: "", status: "closed" });
  });
});

describe("damaged recordings", () => {
  test("a clock that steps back keeps file order and never moves time back", () => {
    const lines = [...SESSION.slice(0, 4), delta(-59_750, 2, "0.6700", "-5.00")];
    const frames = drain(openReplayWorld(write(lines.join("")))).filter(
      (each) => each.type === "frame",
    );
    expect(frames.map((each) => each.atMs)).toEqual([CLOSE_MS - 59_700, CLOSE_MS - 59_700]);
  });

  test("garbage lines are skipped and counted", () => {
    const lines = [...SESSION];
    lines.splice(4, 0, "{oops\n", "[1]\n", '{"recv_ns":"x","frame":{}}\n', "\n");
    const world = openReplayWorld(write(lines.join("")));
    expect(world.badLines).toBe(3);
    expect(world.truncated).toBeNull();
    expect(drain(world).filter((each) => each.type === "frame")).toHaveLength(5);
  });

  test("a half last line is served as far as whole lines go", () => {
    const text = SESSION.slice(0, 6).join("");
    const world = openReplayWorld(write(text.slice(0, -20)));
    expect(world.truncated).toMatch(/ends in the middle of line 6$/);
    expect(world.badLines).toBe(0);
    expect(drain(world).filter((each) => each.type === "frame")).toHaveLength(2);
  });

  test("a cut gzip stream is served as far as whole lines go", () => {
    const deltas = Array.from({ length: 4000 }, (_, i) =>
      delta(-59_000 + i, i + 4, "0.6800", `${(i * 7919) % 613}.00`),
    );
    const packed = gzipSync([...SESSION.slice(0, 6), ...deltas].join(""));
    const cut = packed.subarray(0, Math.floor(packed.length * 0.8));
    const world = openReplayWorld(write(cut, ".jsonl.gz"));
    const frames = drain(world).filter((each) => each.type === "frame").length;
    expect(frames).toBeGreaterThan(1000);
    expect(frames).toBeLessThan(4003);
    expect(world.truncated).toMatch(/ends (in the middle of|early: .* after) line \d+$/);
  });

  test.each([
    ["missing", () => path.join(folder, "none.jsonl"), /does not exist/, null],
    ["a folder", () => folder, /cannot be read \(EISDIR\)/, null],
    ["no gzip", () => write("hello", ".jsonl.gz"), /no gzip data/, null],
    [
      "damaged gzip",
      () => write(Buffer.from([31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255]), ".jsonl.gz"),
      /damaged gzip/,
      null,
    ],
    ["no JSON", () => write("a,b\n1,2\n"), /not a recording/, 1],
    ["empty", () => write(""), /no frames/, null],
    ["no frames", () => write(SESSION.slice(0, 3).join("")), /no frames/, null],
  ])("%s is one clear CaptureError", (_name, make, pattern, lineNumber) => {
    const file = make();
    const error = caught(() => openReplayWorld(file));
    expect(error.message).toMatch(pattern);
    expect(error.message).toContain(file);
    expect(error.line).toBe(lineNumber);
  });
});

describe("trades recorded beside the capture", () => {
  test("are joined on the recorder's clock and stamped with exchange time", () => {
    const nested = mkdtempSync(path.join(folder, "spot-"));
    const file = path.join(nested, "session.jsonl");
    writeFileSync(file, SESSION.join(""));
    const row = (offsetMs: number, id: number, price: number): string =>
      `${CLOSE_MS + offsetMs + 200}999,${id},${CLOSE_MS + offsetMs}000000,${price},match`;
    const csv = [
      "exchange_ts_us,trade_id,local_recv_ns,price,msg_type",
      row(-700_000, 1, 1),
      row(-120_000, 2, 81_000),
      row(-30_000, 3, 81_001.5),
      row(-30_000, 4, 81_002),
      row(-29_000, 5, 81_002),
      row(40_000, 6, 1),
    ].join("\n");
    writeFileSync(path.join(nested, "coinbase_btcusd_matches_20260511.csv.gz"), gzipSync(csv));
    const world = openReplayWorld(file);
    expect(world.products()).toEqual(["BTC-USD"]);
    expect(world.spot("BTC-USD")?.price).toBe(81_000);
    const spot = drain(world).filter((each) => each.type === "spotTrades" || each.type === "spot");
    expect(spot).toHaveLength(3);
    expect(spot[0]).toMatchObject({
      type: "spotTrades",
      atMs: CLOSE_MS - 30_000,
      trades: [
        { tradeId: 3, price: 81_001.5, size: null, makerSide: null, atMs: CLOSE_MS - 29_800 },
        { tradeId: 4 },
      ],
    });
    expect(spot[1]).toMatchObject({ type: "spot", spot: { price: 81_002, bid: null, ask: null } });
    const fromS = CLOSE_MS / 1000 - 300;
    expect(world.candles("BTC-USD", fromS, fromS + 600, 60)).toEqual([
      { startS: fromS + 180, open: 81_000, high: 81_000, low: 81_000, close: 81_000, volume: 0 },
      {
        startS: fromS + 240,
        open: 81_001.5,
        high: 81_002,
        low: 81_001.5,
        close: 81_002,
        volume: 0,
      },
    ]);
  });
});

test.each(["2026-05-11T12:30:00Z", "2024-02-29T23:59:59.5Z", "1999-12-31T00:00:00Z"])(
  "%s parses as Date does",
  (text) => {
    expect(parseUtcMs(text)).toBe(Date.parse(text));
  },
);
