import { describe, expect, test } from "vitest";
import {
  deltaAt,
  OTHER_TICKER,
  START_MS,
  TICKER,
  type TinyStep,
  TinyWorld,
} from "../../../support/tiny-world.ts";
import { HubRig } from "./hub-rig.ts";

const BOOK = { market_tickers: [TICKER] };

function open(steps: readonly TinyStep[]) {
  const world = new TinyWorld({ steps });
  const rig = new HubRig({ world });
  return { world, rig, socket: rig.socket() };
}

describe("order book", () => {
  test("a delta is the captured frame, byte for byte in form", () => {
    const { rig, socket } = open([deltaAt(1020)]);
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    socket.take();
    rig.runUntil(START_MS + 2000);
    expect(socket.texts).toEqual([
      `{"type":"orderbook_delta","sid":1,"seq":2,"msg":{"market_ticker":"${TICKER}","market_id":"76e7c407-8b6d-4628-a8eb-cfdfd2721ef2","price_dollars":"0.0470","delta_fp":"-54.00","side":"no","ts":"2026-08-17T04:50:01.02038Z","ts_ms":1786942201020}}\n`,
    ]);
  });

  test("use_yes_price puts NO levels on the YES leg and keeps the side", () => {
    const { rig, socket } = open([deltaAt(1000)]);
    socket.subscribe(1, ["orderbook_delta"], { ...BOOK, use_yes_price: true });
    rig.runUntil(START_MS + 1000);
    const [, snapshot, delta] = socket.frames;
    expect(snapshot?.msg.no_dollars_fp).toEqual([
      ["0.9990", "626.00"],
      ["0.9530", "120.55"],
    ]);
    expect(snapshot?.msg.yes_dollars_fp?.[0]).toEqual(["0.9400", "500.00"]);
    expect(delta?.msg).toMatchObject({ side: "no", price_dollars: "0.9530", delta_fp: "-54.00" });
  });

  test("after the close the book is replaced by an empty one", () => {
    const atMs = START_MS + 500;
    const { rig, socket } = open([
      {
        atMs,
        happening: { type: "snapshot", ticker: TICKER, atMs },
        apply: (world) => world.bookMap.set(TICKER, { yes: [], no: [] }),
      },
    ]);
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    socket.take();
    rig.runUntil(atMs);
    expect(socket.texts).toEqual([
      `{"type":"orderbook_snapshot","sid":1,"seq":2,"msg":{"market_ticker":"${TICKER}","market_id":"76e7c407-8b6d-4628-a8eb-cfdfd2721ef2"}}\n`,
    ]);
  });

  test("each connection counts for itself, and only for its own markets", () => {
    const { rig, socket } = open([deltaAt(1000, OTHER_TICKER), deltaAt(2000)]);
    const other = rig.socket();
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    other.subscribe(1, ["orderbook_delta"], { market_tickers: [TICKER, OTHER_TICKER] });
    rig.runUntil(START_MS + 2000);
    expect(socket.frames.map((frame) => frame.seq)).toEqual([undefined, 1, 2]);
    expect(other.frames.map((frame) => frame.seq)).toEqual([undefined, 1, 2, 3, 4]);
  });
});

test("ticker carries every field, without seq", () => {
  const atMs = START_MS + 893;
  const { world, rig, socket } = open([
    { atMs, happening: { type: "ticker", ticker: TICKER, atMs } },
  ]);
  world.tradeMap.set(TICKER, [
    { tradeId: "a", ticker: TICKER, yesPriceCc: 9530, countCq: 3120, takerSide: "yes", atMs },
  ]);
  socket.subscribe(1, ["ticker"]);
  rig.runUntil(atMs);
  expect(socket.frames[1]).toEqual({
    type: "ticker",
    sid: 1,
    msg: {
      market_ticker: TICKER,
      market_id: "76e7c407-8b6d-4628-a8eb-cfdfd2721ef2",
      price_dollars: "0.9530",
      yes_bid_dollars: "0.9520",
      yes_ask_dollars: "0.9530",
      yes_bid_size_fp: "310.00",
      yes_ask_size_fp: "120.55",
      last_trade_size_fp: "31.20",
      volume_fp: "54252.46",
      open_interest_fp: "45545.22",
      dollar_volume: 27_126,
      dollar_open_interest: 22_772,
      ts: 1_786_942_200,
      ts_ms: atMs,
      time: "2026-08-17T04:50:00.893667Z",
    },
  });
});

test("a trade", () => {
  const atMs = START_MS + 700;
  const trade = {
    tradeId: "t1",
    ticker: TICKER,
    yesPriceCc: 9460,
    countCq: 2687,
    takerSide: "no",
    atMs,
  } as const;
  const { rig, socket } = open([{ atMs, happening: { type: "trade", trade } }]);
  socket.subscribe(1, ["trade"], BOOK);
  rig.runUntil(atMs);
  expect(socket.frames[1]).toEqual({
    type: "trade",
    sid: 1,
    seq: 1,
    msg: {
      trade_id: "t1",
      market_ticker: TICKER,
      yes_price_dollars: "0.9460",
      no_price_dollars: "0.0540",
      count_fp: "26.87",
      taker_side: "no",
      taker_outcome_side: "no",
      taker_book_side: "ask",
      is_block_trade: false,
      ts: 1_786_942_200,
      ts_ms: atMs,
    },
  });
});

test("lifecycle goes to everybody on the channel, under the type its body says", () => {
  const atMs = START_MS + 100;
  const msg = { event_type: "determined", market_ticker: TICKER, result: "yes" };
  const event = { event_ticker: "E", series_ticker: "KXBTC15M" };
  const { rig, socket } = open([
    { atMs, happening: { type: "lifecycle", msg, atMs } },
    { atMs, happening: { type: "lifecycle", msg: event, atMs } },
  ]);
  socket.subscribe(1, ["market_lifecycle_v2"]);
  socket.take();
  rig.runUntil(atMs);
  expect(socket.frames).toEqual([
    { type: "market_lifecycle_v2", sid: 1, seq: 1, msg },
    { type: "event_lifecycle", sid: 1, seq: 2, msg: event },
  ]);
});
