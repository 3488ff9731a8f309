import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { Forecast, MarketEvent, NewsItem } from "../../../src/core/events.ts";
import { aRecorder, T0, tempDb } from "./support.ts";

function rows(path: string, sql: string): unknown[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

const headline = (title: string, url: string | null, recvMs: number): NewsItem => ({
  type: "news",
  source: "newsapi",
  publishedMs: T0,
  title,
  url,
  recvMs,
});

const forecast = (value: number, atMs: number): Forecast => ({
  type: "forecast",
  series: "KXHIGHNY",
  station: "KNYC",
  targetDate: "2026-11-03",
  value,
  source: "nws",
  atMs,
  recvMs: T0 + 2_000,
});

const outageOf = (source: string): MarketEvent => ({
  type: "gap",
  source,
  reason: "poll_failed",
  tickers: [],
  sid: null,
  fromSeq: null,
  toSeq: null,
  fromMs: T0,
  toMs: T0 + 1_000,
  recvMs: T0 + 1_000,
});

test.each([
  ["newsapi", headline("t", null, T0 + 2_000), true],
  ["rss:example.org", headline("t", null, T0 + 2_000), false],
  ["nws:KNYC", forecast(61, T0), true],
  ["nws:KMDW", forecast(61, T0), false],
] as const)("an outage of %s: %j ends it, %s", async (source, event, isEnded) => {
  const path = tempDb();
  const recorder = aRecorder(path, "collect");
  recorder.event(outageOf(source));
  recorder.event(event);
  await recorder.close(0);
  const to_ms = isEnded ? T0 + 2_000 : T0 + 60_000;
  expect(rows(path, "SELECT to_ms FROM feed_gaps")).toEqual([{ to_ms }]);
});

test("a headline that several runs saw is one row, as it was first seen", async () => {
  const path = tempDb();
  for (const [at, title] of ["first", "edited"].entries()) {
    const recorder = aRecorder(path, "collect");
    recorder.event(headline(title, "https://example.org/1", T0 + at));
    recorder.event(headline("no address", null, T0 + at));
    recorder.event(headline(`other ${at}`, null, T0 + at));
    await recorder.close(0);
    expect(recorder.counts().get("news_items")).toBe(3);
  }
  expect(rows(path, "SELECT run_id, title, recv_ms FROM news_items ORDER BY ev")).toEqual([
    { run_id: 1, title: "first", recv_ms: T0 },
    { run_id: 1, title: "no address", recv_ms: T0 },
    { run_id: 1, title: "other 0", recv_ms: T0 },
    { run_id: 2, title: "other 1", recv_ms: T0 + 1 },
  ]);
});

test("a forecast corrected in place counts as corrected, a new one is a row of its own", async () => {
  const path = tempDb();
  const recorder = aRecorder(path, "collect");
  for (const [value, atMs] of [[61, T0] as const, [62, T0] as const, [63, T0 + 5] as const]) {
    recorder.event(forecast(value, atMs));
  }
  await recorder.close(0);
  expect(rows(path, "SELECT value, at_ms FROM forecasts ORDER BY at_ms")).toEqual([
    { value: 62, at_ms: T0 },
    { value: 63, at_ms: T0 + 5 },
  ]);
});

test("a day that is no date is refused", () => {
  const recorder = aRecorder(tempDb(), "collect");
  recorder.event({ ...forecast(61, T0), targetDate: "tomorrow" });
  expect(() => recorder.flush()).toThrow(expect.objectContaining({ code: "ROW_REFUSED" }));
});
