import { describe, expect, test } from "vitest";
import { BackfillPace, type BackfillStep } from "../../../src/app/backfill-report.ts";
import { candleCalls } from "../../../src/app/compose/backfill-calls.ts";
import { patiently, type Target } from "../../../src/app/compose/backfill-work.ts";
import { KbtError } from "../../../src/core/errors.ts";
import { advance, newClock, START_MS } from "../adapters/fakes.ts";

const MINUTE_MS = 60_000;

function targets(count: number, minutes: number, change: Partial<Target> = {}): Target[] {
  return Array.from({ length: count }, (_, at) => ({
    ticker: `T${at}`,
    seriesTicker: "KXBTC15M",
    openMs: START_MS,
    closeMs: START_MS + minutes * MINUTE_MS,
    tier: "live" as const,
    isUntraded: false,
    ...change,
  }));
}

describe("calls for candles", () => {
  test.each([
    ["a ladder of an hour: a hundred at once", targets(188, 60), [100, 88]],
    ["a ladder of a day: as many as ten thousand candles allow", targets(15, 1440), [6, 6, 3]],
    ["the historical tier: one by one", targets(3, 15, { tier: "historical" }), [1, 1, 1]],
    ["nothing", [], []],
  ])("%s", (_name, wanted, sizes) => {
    const calls = candleCalls(wanted);
    expect(calls.map((call) => call.targets.length)).toEqual(sizes);
    expect(calls.every(({ spans }) => spans.length === 1)).toBe(true);
  });

  test("lives of different lengths are not mixed", () => {
    const mixed = [...targets(2, 15), ...targets(3, 60)];
    expect(candleCalls(mixed).map((call) => call.targets.length)).toEqual([2, 3]);
  });

  test("a life longer than one answer is taken in pieces that meet, none too long", () => {
    const minutes = 25_000;
    const [call] = candleCalls(targets(1, minutes));
    const spans = call?.spans ?? [];
    const ends = spans.flatMap(({ fromS, toS }) =>
      Array.from({ length: (toS - fromS) / 60 + 1 }, (_, at) => fromS + at * 60),
    );
    expect(spans.length).toBe(3);
    expect(Math.max(...spans.map(({ fromS, toS }) => (toS - fromS) / 60 + 1))).toBeLessThanOrEqual(
      10_000,
    );
    expect(ends).toEqual(Array.from({ length: minutes + 1 }, (_, at) => START_MS / 1000 + at * 60));
  });

  test("a life that begins and ends within a minute has the candle that ends after it", () => {
    const [target] = targets(1, 15, { openMs: START_MS + 1234, closeMs: START_MS + 61_000 });
    expect(candleCalls(target === undefined ? [] : [target])[0]?.spans).toEqual([
      { fromS: START_MS / 1000, toS: START_MS / 1000 + 120 },
    ]);
  });
});

const failure = (code: string, kind: "network" | "venue"): KbtError =>
  new KbtError({ kind, code, message: code });

describe("patience", () => {
  const { signal } = new AbortController();

  test.each([
    ["the network fails for a quarter of a minute", "NETWORK_RESET", 5],
    [
      "the budget is refused for minutes, each time after the limiter's own wait",
      "RATE_LIMITED",
      35,
    ],
  ])("%s", async (_name, code, tries) => {
    const clock = newClock();
    let asked = 0;
    const read = (): Promise<never> => {
      asked++;
      return Promise.reject(failure(code, "network"));
    };
    const ended = patiently(read, clock, signal).catch((error: unknown) => error);
    await advance(clock, 14_999);
    expect(asked).toBe(tries - 1);
    await advance(clock, 1);
    expect(await ended).toMatchObject({ code });
    expect(asked).toBe(tries);
  });

  test("what the exchange refuses is refused at once, and what it gives is given", async () => {
    const clock = newClock();
    const refused = patiently(() => Promise.reject(failure("NO", "venue")), clock, signal);
    await expect(refused).rejects.toMatchObject({ code: "NO" });
    let asked = 0;
    const given = patiently(
      () => (asked++ === 0 ? Promise.reject(failure("X", "network")) : Promise.resolve(7)),
      clock,
      signal,
    );
    await advance(clock, 1000);
    expect(await given).toBe(7);
  });
});

const step = (done: number, name: BackfillStep["name"] = "candles"): BackfillStep => ({
  name,
  done,
  total: 376,
  skipped: 100,
});

test("the pace counts what this step did since it began", () => {
  const pace = new BackfillPace();
  expect(pace.line(step(100), 0)).toBe("backfill 2/4 · 100/376 markets with their candles");
  expect(pace.line(step(120), 10_000)).toBe(
    "backfill 2/4 · 120/376 markets with their candles, 2.0 a second, 2m08s left",
  );
  expect(pace.line(step(121), 1_000_000)).toContain("3h22m left");
  expect(pace.line(step(0, "trades"), 1_000_000)).toBe(
    "backfill 3/4 · 0/376 markets with their trades",
  );
});
