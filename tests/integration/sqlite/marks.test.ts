import { expect, test } from "vitest";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { marks } from "../../../src/adapters/sqlite/queries/marks.ts";
import { price } from "../../../src/core/units.ts";
import { anOpportunity, aRecorder, T0, TICKER, tempDb } from "./support.ts";

test("the newest touch of paper up to a time, whatever a backtest has looked at since", async () => {
  const path = tempDb();
  const other = "KXBTC15M-OTHER";
  const paper = aRecorder(path, "paper");
  for (const [nr, ticker, bid] of [
    [0, TICKER, 5_000],
    [1, TICKER, 6_000],
    [2, other, 1_000],
  ] as const) {
    paper.opportunity(anOpportunity(paper, nr, { ticker, yesBid: price(bid) }));
  }
  await paper.close(0);
  const replay = aRecorder(path, "backtest");
  for (let nr = 0; nr < 50_001; nr++)
    replay.opportunity(anOpportunity(replay, nr, { ticker: other }));
  await replay.close(0);

  const reader = openReader(path);
  const seen = (untilMs: number, ticker = TICKER) => marks(reader, untilMs)("paper", ticker);
  expect(seen(Number.MAX_SAFE_INTEGER)).toMatchObject({ yesBid: 6_000, atMs: T0 + 1_001 });
  expect(seen(T0 + 1_000)).toMatchObject({ yesBid: 5_000 });
  expect(seen(T0 + 999)).toBeNull();
  expect(seen(Number.MAX_SAFE_INTEGER, other)).toMatchObject({ yesBid: 1_000 });
  reader.close();
});
