import { expect, test } from "vitest";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { bandHits } from "../../../src/adapters/sqlite/queries/band-hits.ts";
import type { MarketResult } from "../../../src/core/market.ts";
import { price, type Side } from "../../../src/core/units.ts";
import { aMarket } from "../../support/builders.ts";
import { anOpportunity, aRecorder, T0, tempDb } from "./support.ts";

/** A settled market that was once quoted so; a close without a result has none yet. */
interface Seen {
  readonly ticker: string;
  readonly close: number;
  readonly yesBid: number;
  readonly yesAsk: number;
  readonly result: MarketResult;
}

const SEEN: readonly Seen[] = [
  { ticker: "KXBTCD-A-T1", close: 1, yesBid: 9_500, yesAsk: 9_600, result: "yes" },
  { ticker: "KXBTCD-A-T2", close: 1, yesBid: 9_700, yesAsk: 9_900, result: "yes" },
  { ticker: "KXBTCD-B-T1", close: 2, yesBid: 9_400, yesAsk: 9_500, result: "no" },
  { ticker: "KXBTCD-B-T2", close: 2, yesBid: 9_000, yesAsk: 9_400, result: "yes" },
  { ticker: "KXBTCD-C-T1", close: 3, yesBid: 9_500, yesAsk: 9_600, result: "" },
  { ticker: "KXBTCD-C-T2", close: 3, yesBid: 300, yesAsk: 400, result: "no" },
  // Begins alike, and is another series.
  { ticker: "KXBTCDX-A-T1", close: 1, yesBid: 9_500, yesAsk: 9_600, result: "no" },
];

async function file(): Promise<string> {
  const path = tempDb();
  const recorder = aRecorder(path);
  let nr = 0;
  for (const { close, result, ticker, yesAsk, yesBid } of SEEN) {
    const closeMs = T0 + close * 1_000;
    const market = aMarket({ ticker, eventTicker: ticker.slice(0, -3), openMs: T0 - 1, closeMs });
    recorder.event({ type: "market", market, recvMs: T0 });
    const quoted = { ticker, yesBid: price(yesBid), yesAsk: price(yesAsk) };
    // More than one look at the same market counts once.
    for (let look = 0; look < 3; look++) {
      recorder.opportunity(anOpportunity(recorder, ++nr, { ...quoted, atMs: T0 + look }));
    }
    if (result === "") continue;
    const settled = {
      settledMs: closeMs,
      yesPayout: null,
      expirationValue: null,
      final: true,
      source: "kalshi",
    } as const;
    const of = { type: "settlement", ticker, eventTicker: market.eventTicker, result } as const;
    recorder.event({ ...of, ...settled, recvMs: closeMs });
  }
  await recorder.close(0);
  return path;
}

test.each<
  [
    side: Side,
    min: number,
    max: number,
    sinceMs: number,
    hits: number,
    markets: number,
    windows: number,
  ]
>([
  ["yes", 9_500, 9_900, T0, 2, 3, 2],
  ["yes", 9_600, 9_600, T0, 1, 1, 1],
  ["yes", 9_400, 9_900, T0, 3, 4, 2],
  ["no", 9_500, 9_900, T0, 1, 1, 1],
  ["no", 400, 700, T0, 1, 2, 2],
  ["yes", 9_500, 9_900, T0 + 3, 0, 0, 0],
])("%s asked at %d to %d", async (...[side, min, max, sinceMs, hits, markets, windows]) => {
  const reader = openReader(await file());
  try {
    const band = { series: "KXBTCD", side, askMin: price(min), askMax: price(max), sinceMs };
    expect(bandHits(reader, band)).toEqual({ hits, markets, windows });
  } finally {
    reader.close();
  }
});
