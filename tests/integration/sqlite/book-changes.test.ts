import { expect, test } from "vitest";
import { EV_PER_RUN } from "../../../src/adapters/sqlite/numbering.ts";
import type { BookDelta } from "../../../src/core/events.ts";
import { price, qty } from "../../../src/core/units.ts";
import { aRecorder, rows, T0, TICKER, tempDb } from "./support.ts";

// Changes of books go to the file by groups, of which only the first row may bring its number.

function change(seq: number): BookDelta {
  return {
    type: "delta",
    ticker: TICKER,
    sid: 1,
    seq,
    side: seq % 3 === 0 ? "no" : "yes",
    price: price(4_000 + (seq % 50) * 10),
    delta: qty((seq % 7) * 100 - 250),
    exchangeMs: seq % 5 === 0 ? null : T0 + seq,
    recvMs: T0 + seq + 2,
  };
}

/** Changes with something else between them, in stretches of every length up to 70. */
function* mixed(): Generator<BookDelta | null> {
  let seq = 0;
  for (let length = 0; length <= 70; length++) {
    for (let n = 0; n < length; n++) yield change(++seq);
    yield null;
  }
}

/** As SQL shows a change whose event is the `nr`th of its run. */
function shown(runId: number, nr: number, e: BookDelta): object {
  const { delta, exchangeMs, recvMs, seq, side } = e;
  const ev = runId * EV_PER_RUN + nr;
  return {
    ev,
    seq,
    side,
    price_cc: e.price,
    delta_cq: delta,
    exchange_ms: exchangeMs,
    recv_ms: recvMs,
  };
}

test("each has its own number and all its values, whichever of two runs began later", async () => {
  const path = tempDb();
  const [earlier, later] = [aRecorder(path, "collect"), aRecorder(path, "paper")];
  const wanted = new Map<number, object[]>([earlier, later].map(({ runId }) => [runId, []]));
  for (const recorder of [earlier, later, earlier, later]) {
    const all = wanted.get(recorder.runId) ?? [];
    let nr = all.length + wakes(all.length);
    for (const each of mixed()) {
      recorder.event(each ?? { type: "wake", recvMs: T0 });
      if (each !== null) all.push(shown(recorder.runId, nr, each));
      nr++;
    }
    await recorder.drain();
  }
  await later.close(0);
  await earlier.close(0);
  const found = rows(
    path,
    `SELECT ev, seq, side, price_cc, delta_cq, exchange_ms, recv_ms FROM kalshi_orderbook_deltas ORDER BY ev`,
  );
  expect(found).toEqual([...wanted.values()].flat());
});

/** Of a whole round: one after each stretch. */
function wakes(changes: number): number {
  return changes === 0 ? 0 : 71;
}
