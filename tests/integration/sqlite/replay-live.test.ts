import { expect, test } from "vitest";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { replayDeltas } from "../../../src/adapters/sqlite/replay.ts";
import type { MarketEvent } from "../../../src/core/events.ts";
import { price, qty } from "../../../src/core/units.ts";
import { aRecorder, T0, TICKER, tempDb } from "./support.ts";

const delta = (sid: number, seq: number): MarketEvent => ({
  type: "delta",
  ticker: TICKER,
  sid,
  seq,
  side: "yes",
  price: price(4_000),
  delta: qty(100),
  exchangeMs: null,
  recvMs: T0 + seq,
});

test("a run that goes on while it is read is read as far as it was, without a hole", () => {
  const path = tempDb();
  const recorder = aRecorder(path, "collect");
  recorder.event(delta(1, 1));
  recorder.flush();
  const reader = openReader(path);
  try {
    const reading = replayDeltas(reader, recorder.runId);
    expect(reading.next().value).toHaveLength(1);
    // More than is read at once, of a subscription that did not exist when the reading began.
    for (let seq = 2; seq <= 6_000; seq++) recorder.event(delta(2, seq));
    recorder.flush();
    expect([...reading].flat()).toEqual([]);
    expect([...replayDeltas(reader, recorder.runId)].flat()).toHaveLength(6_000);
  } finally {
    reader.close();
  }
});
