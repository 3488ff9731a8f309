import { beforeEach, describe, expect, test } from "vitest";
import { advance, START_MS } from "../fakes.ts";
import { delta, StreamRig, snapshot, trade } from "./stream-rig.ts";

// Pings prove that the connection lives, not that its data does (reliability.md W3): a sid or a market can fall silent
// while everything else goes on.

let rig: StreamRig;
let seq: number;

beforeEach(() => {
  rig = new StreamRig();
  seq = 1;
  rig.connect("A", "B");
  rig.network.last.push(snapshot("A", 1), snapshot("B", ++seq), quote("A"), quote("B"), index());
});

function quote(ticker: string, volume = 0): Record<string, unknown> {
  const msg = { market_ticker: ticker, yes_bid_dollars: "0.4000", yes_ask_dollars: "0.4100" };
  return { type: "ticker", sid: 5, msg: { ...msg, volume_fp: `${volume}.00` } };
}

let indexSeq = 0;
function index(): Record<string, unknown> {
  const data = JSON.stringify({ value: "63512.34", time: START_MS });
  return { type: "cfbenchmarks_value", sid: 2, seq: ++indexSeq, msg: { index_id: "BRTI", data } };
}

/** Seconds in which only these say something. */
async function seconds(count: number, frames: () => Record<string, unknown>[]): Promise<void> {
  for (let second = 0; second < count; second++) {
    await advance(rig.clock, 1000);
    if (rig.network.sockets.length > 1) return;
    rig.network.last.push(...frames());
  }
}

describe("a stall", () => {
  test("of one market: it is quoted on, but its book does not change", async () => {
    await seconds(25, () => [delta("B", ++seq), quote("A"), quote("B"), index()]);
    expect(rig.network.sockets).toHaveLength(2);
    expect(rig.gaps).toMatchObject([
      { reason: "stall", sid: 3, tickers: ["A", "B"], fromMs: START_MS, toSeq: null },
      { reason: "stall", sid: 2, tickers: [], fromMs: START_MS, toSeq: null },
    ]);
  });

  test("of the index, which comes every second", async () => {
    await seconds(25, () => [delta("A", ++seq), delta("B", ++seq), quote("A"), quote("B")]);
    expect(rig.network.sockets).toHaveLength(2);
    expect(rig.gaps[0]).toMatchObject({ reason: "stall", fromMs: START_MS });
  });

  test("of the quotes: the book changes a hundred times without one", async () => {
    await seconds(60, () => [...[1, 2, 3, 4, 5].map(() => delta("A", ++seq)), index()]);
    expect(rig.network.sockets).toHaveLength(2);
    expect(rig.gaps[0]).toMatchObject({ reason: "stall", fromMs: START_MS });
  });

  test("of the trades: the volume grows and no trade says by what", async () => {
    rig.network.last.push(trade(1));
    let volume = 0;
    await seconds(60, () => [delta("A", ++seq), delta("B", ++seq), quote("A", volume++), index()]);
    expect(rig.network.sockets).toHaveLength(2);
    expect(rig.gaps[0]).toMatchObject({ reason: "stall", tickers: ["A", "B"] });
  });
});

describe("no stall", () => {
  test("where no trade was ever heard, as in a recording of books and quotes", async () => {
    let volume = 0;
    await seconds(60, () => [delta("A", ++seq), delta("B", ++seq), quote("A", volume++), index()]);
    expect(rig.network.sockets).toHaveLength(1);
  });

  test("while trades tell what made the volume grow", async () => {
    let volume = 0;
    await seconds(60, () => [
      delta("A", ++seq),
      delta("B", ++seq),
      trade(volume + 1),
      quote("A", volume++),
      quote("B"),
      index(),
    ]);
    expect(rig.network.sockets).toHaveLength(1);
  });

  test("after one block trade, which is told on no channel", async () => {
    await seconds(60, () => [delta("A", ++seq), delta("B", ++seq), quote("A", 5), index()]);
    expect(rig.network.sockets).toHaveLength(1);
  });

  test("a market that is neither quoted nor changed is quiet", async () => {
    await seconds(120, () => [delta("B", ++seq), quote("B"), index()]);
    expect(rig.network.sockets).toHaveLength(1);
    expect(rig.gaps).toEqual([]);
  });

  test("a few quotes say nothing yet", async () => {
    await seconds(4, () => [quote("A"), index()]);
    await seconds(60, () => [index()]);
    expect(rig.gaps).toEqual([]);
  });

  test("a market that is no longer wanted is not missed", async () => {
    await seconds(10, () => [delta("B", ++seq), quote("A"), index()]);
    rig.stream.setMarkets(["B"]);
    await seconds(60, () => [delta("B", ++seq), quote("B"), index()]);
    expect(rig.gaps).toEqual([]);
  });

  test("nor one whose book was lost in a hole before that", async () => {
    await seconds(10, () => [delta("B", ++seq), quote("A"), index()]);
    seq += 2;
    rig.network.last.push(delta("B", seq));
    const [asked] = rig.network.last.commands("update_subscription");
    rig.stream.setMarkets(["B"]);
    rig.network.last.push(snapshot("B", ++seq, asked?.id));
    await seconds(60, () => [delta("B", ++seq), quote("B"), index()]);
    expect(rig.gaps.map(({ reason }) => reason)).toEqual(["seq"]);
  });

  test("where there never was an index, none is missed", async () => {
    const other = new StreamRig();
    other.connect("A");
    other.network.last.push(snapshot("A", 1));
    for (let second = 0; second < 60; second++) {
      await advance(other.clock, 1000);
      other.network.last.push(delta("A", second + 2));
    }
    expect(other.gaps).toEqual([]);
  });
});
