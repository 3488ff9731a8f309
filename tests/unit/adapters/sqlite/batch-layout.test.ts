import { expect, test } from "vitest";
import { decodeBatch } from "../../../../src/adapters/sqlite/batch-decoder.ts";
import { BatchEncoder, SpareNumbers } from "../../../../src/adapters/sqlite/batch-encoder.ts";
import { newNumbers } from "../../../../src/adapters/sqlite/batch-layout.ts";
import type { DepthLevel, MarketEvent } from "../../../../src/core/events.ts";
import type { Opportunity } from "../../../../src/core/records.ts";
import { anOpportunity, EVENTS, T0 } from "../../../integration/sqlite/support.ts";

function throughThread(
  events: readonly MarketEvent[],
  opportunities: readonly Opportunity[] = [],
): ReturnType<typeof decodeBatch> {
  // An array that had another batch before: whatever stands in it is no part of this one.
  const encoder = new BatchEncoder(newNumbers(8_192).fill(7));
  for (const [at, event] of events.entries()) {
    encoder.event(event, at % 3 === 0 ? null : `feed-${at % 3}`);
    const row = opportunities[at];
    if (row !== undefined) encoder.opportunity(row);
  }
  expect(encoder.rows).toBe(events.length + Math.min(events.length, opportunities.length));
  const encoded = encoder.take();
  return decodeBatch(structuredClone(encoded));
}

test("every kind of event and evaluation arrives as it left, in its order, with its feed", () => {
  const run = { runId: 3 };
  const rows = [
    anOpportunity(run, 1),
    anOpportunity(run, 2, { decision: "trade", side: "no", reason: "ok", pMarket: null, ev: -0 }),
    anOpportunity(run, 3, {
      spotUsd: null,
      sigma: null,
      pModel: null,
      pLow: null,
      pHigh: null,
      side: null,
      yesBid: null,
      yesAsk: null,
      yesBidQty: null,
      yesAskQty: null,
      cost: null,
      ev: null,
      basisSd: null,
      spotAgeMs: null,
      bookAgeMs: null,
      knownCount: 7,
      knownSumUsd: 7e5,
    }),
  ];
  const batch = throughThread(EVENTS, rows);
  expect(batch.events).toEqual(EVENTS);
  expect(batch.opportunities).toEqual(rows);
  expect(batch.feeds).toEqual(EVENTS.map((_, at) => (at % 3 === 0 ? null : `feed-${at % 3}`)));
});

test("a batch grows with what is in it", () => {
  const levels = Array.from({ length: 30_000 }, (_, n): DepthLevel => [n + 0.5, n / 3]);
  const book: MarketEvent = {
    type: "depth",
    source: "coinbase",
    product: "BTC-USD",
    kind: "snapshot",
    bids: levels,
    asks: levels,
    exchangeMs: null,
    recvMs: T0,
  };
  const many: MarketEvent[] = [book];
  for (let n = 0; n < 500; n++) many.push(...EVENTS);
  many.push(book);
  expect(throughThread(many).events).toEqual(many);
});

test("an array that was emptied is the next to be written to; few are kept, and none of the long ones", () => {
  const spare = new SpareNumbers();
  const first = spare.take();
  const second = spare.take();
  expect(second).not.toBe(first);
  spare.give([first]);
  expect(spare.take()).toBe(first);
  const long = newNumbers(2 * first.length);
  const many = Array.from({ length: 20 }, () => newNumbers(first.length));
  spare.give([long, ...many]);
  const taken = Array.from({ length: 21 }, () => spare.take());
  expect(taken).not.toContain(long);
  expect(taken.filter((numbers) => many.includes(numbers))).toHaveLength(4);
});

test("a batch is full before it needs a longer array; one whole book may take it", () => {
  const numbers = new SpareNumbers().take();
  const encoder = new BatchEncoder(numbers);
  while (!encoder.isFull)
    for (const event of EVENTS) if (!encoder.isFull) encoder.event(event, "kalshi");
  expect(encoder.rows).toBeGreaterThan(500);
  expect(encoder.take().numbers).toBe(numbers);
});
