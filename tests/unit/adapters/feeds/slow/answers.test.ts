import { describe, expect, test } from "vitest";
import { readSentiment } from "../../../../../src/adapters/feeds/news/alphavantage.ts";
import { readArticles } from "../../../../../src/adapters/feeds/news/newsapi.ts";
import { readPosts } from "../../../../../src/adapters/feeds/news/x-search.ts";
import { readForecast, readObservation } from "../../../../../src/adapters/feeds/weather/nws.ts";
import { readHourly } from "../../../../../src/adapters/feeds/weather/open-meteo.ts";
import {
  byStation,
  climateDay,
  fahrenheit,
  weatherSeries,
} from "../../../../../src/adapters/feeds/weather/series.ts";
import { slowFixture } from "./fixtures.ts";

const RECV = Date.parse("2026-08-20T12:00:00Z");

function series(ticker: string) {
  const found = weatherSeries(ticker);
  if (found === undefined) throw new Error(ticker);
  return found;
}

const HIGH = series("KXHIGHNY");
const LOW = series("KXLOWTNYC");
const PLACE = { station: HIGH.station, series: [HIGH, LOW] };

const read = (text: string) => readSentiment(text, { recvMs: RECV, pollMs: 3_600_000 });
const at = (time: string) => Date.parse(`2026-08-${time}:00:00Z`);

// What no decoder may throw on, whatever it makes of it.
const NONSENSE = [
  "",
  "null",
  "[]",
  "1",
  '"text"',
  "{",
  "{}",
  '{"articles":{}}',
  '{"feed":[null,1,"a",[]]}',
  '{"status":"ok","articles":[null,1,"a",{"title":1,"url":{},"publishedAt":[]}]}',
  '{"meta":{},"data":[null,{"id":5},{"id":"x"}]}',
  '{"properties":{"periods":[null,{"isDaytime":true},{"isDaytime":true,"startTime":"x"}]}}',
  '{"properties":{"timestamp":"2026-08-20T00:00:00Z","temperature":{"value":"hot"}}}',
  '{"hourly":{"time":[1],"temperature_2m":[]}}',
  '{"hourly":{"time":["2026-08-20T00:00"],"temperature_2m":[1]}}',
];

test.each(NONSENSE)("%s stores nothing", (text) => {
  const looks = [
    readArticles(text, RECV),
    readSentiment(text, { recvMs: RECV, pollMs: 1 }),
    readPosts(text, RECV).look,
    readForecast(text, PLACE, RECV),
    readObservation(text, PLACE, RECV),
    readHourly(text, [HIGH], RECV),
  ];
  for (const look of looks) {
    if (look.kind !== "items") continue;
    expect(look.observations.filter((each) => "event" in each)).toEqual([]);
  }
});

describe("NewsAPI", () => {
  test("articles, oldest first", () => {
    const news = { type: "news", source: "newsapi", recvMs: RECV } as const;
    expect(readArticles(slowFixture("newsapi.json"), RECV)).toMatchObject({
      kind: "items",
      observations: [
        {
          event: {
            ...news,
            title: "Ether falls",
            url: "https://example.org/ether-falls",
            publishedMs: Date.parse("2026-08-19T11:00:00Z"),
          },
        },
        { rejected: "no_title" },
        { rejected: "withdrawn" },
        {
          slot: "https://www.coindesk.com/markets/2026/08/19/bitcoin-rises",
          event: {
            ...news,
            title: "Bitcoin rises",
            publishedMs: Date.parse("2026-08-19T12:34:56Z"),
          },
        },
      ],
    });
  });

  test("an error with status 200 is a failure", () => {
    const text = '{"status":"error","code":"rateLimited","message":"You have made too many"}';
    expect(readArticles(text, RECV)).toMatchObject({ kind: "failed", retryMs: null });
  });
});

describe("Alpha Vantage", () => {
  test("articles, oldest first; times with and without seconds", () => {
    expect(read(slowFixture("alphavantage.json"))).toMatchObject({
      kind: "items",
      observations: [
        { event: { title: "Funds buy", publishedMs: Date.parse("2026-08-19T11:30:00Z") } },
        {
          event: {
            type: "news",
            source: "alphavantage",
            title: "Miners sell",
            url: "https://www.coindesk.com/miners-sell",
            publishedMs: Date.parse("2026-08-19T12:34:56Z"),
            recvMs: RECV,
          },
        },
      ],
    });
  });

  test.each([
    ["a limit", slowFixture("alphavantage-limit.json"), { kind: "failed", retryMs: 3_600_000 }],
    ["a note", '{"Note":"Thank you for using"}', { kind: "failed", retryMs: 3_600_000 }],
    ["an error", '{"Error Message":"Invalid inputs."}', { kind: "failed", retryMs: 3_600_000 }],
    ["a bad key", '{"Error Message":"the parameter apikey is invalid"}', { kind: "refused" }],
    ["no results", '{"Information":"No articles found. x"}', { kind: "items", observations: [] }],
    ["an empty feed", '{"items":"0","feed":[]}', { kind: "items", observations: [] }],
    ["something else", '{"Hello":"world"}', { kind: "unreadable" }],
  ])("%s with status 200", (_name, text, look) => {
    expect(read(text)).toMatchObject(look);
  });
});

describe("X", () => {
  test("posts, oldest first, ids to their last digit", () => {
    expect(readPosts(slowFixture("x-posts.json"), RECV)).toMatchObject({
      posts: 2,
      newestId: "1950000000000000002",
      hasMore: true,
      look: {
        observations: [
          {
            slot: "1950000000000000001",
            event: {
              type: "news",
              source: "x",
              title: "first post",
              url: "https://x.com/i/web/status/1950000000000000001",
              publishedMs: Date.parse("2026-08-19T12:34:56Z"),
            },
          },
          { slot: "1950000000000000002", event: { title: "second post &amp; more" } },
        ],
      },
    });
  });

  test("nothing found has no data", () => {
    expect(readPosts(slowFixture("x-empty.json"), RECV)).toMatchObject({
      posts: 0,
      newestId: null,
      look: { kind: "items", observations: [] },
    });
  });
});

describe("NWS", () => {
  test("daytime periods are highs, nights are lows of the day they end in", () => {
    const look = readForecast(slowFixture("nws-forecast.json"), PLACE, RECV);
    const facts = { type: "forecast", station: "KNYC", source: "nws", recvMs: RECV } as const;
    const atMs = Date.parse("2026-08-20T09:41:00Z");
    const high = { ...facts, series: "KXHIGHNY", atMs };
    const low = { ...facts, series: "KXLOWTNYC", atMs };
    expect(look).toMatchObject({
      kind: "items",
      observations: [
        { slot: "KXHIGHNY 2026-08-20", event: { ...high, targetDate: "2026-08-20", value: 84 } },
        { slot: "KXLOWTNYC 2026-08-21", event: { ...low, targetDate: "2026-08-21", value: 71 } },
        { slot: "KXHIGHNY 2026-08-21", event: { ...high, targetDate: "2026-08-21", value: 84.02 } },
        { rejected: "no_value" },
      ],
    });
  });

  test("only what the wanted series are about", () => {
    const place = { station: HIGH.station, series: [HIGH] };
    const look = readForecast(slowFixture("nws-forecast.json"), place, RECV);
    expect(look).toMatchObject({ observations: { length: 2 } });
  });

  test("an observation just after midnight on the clock face is of the day before", () => {
    // 00:51 in New York in August is 23:51 of standard time.
    const look = readObservation(slowFixture("nws-observation.json"), PLACE, RECV);
    const atMs = Date.parse("2026-08-21T04:51:00Z");
    const facts = { targetDate: "2026-08-20", value: 80.96, source: "nws-observation", atMs };
    expect(look).toMatchObject({
      observations: [
        { event: { series: "KXHIGHNY", ...facts } },
        { event: { series: "KXLOWTNYC", ...facts } },
      ],
    });
  });

  test("a broken thermometer has no value", () => {
    const text = slowFixture("nws-observation.json").replace("27.2", "null");
    expect(readObservation(text, PLACE, RECV)).toMatchObject({
      observations: [{ rejected: "no_value" }, { rejected: "no_value" }],
    });
  });

  test("a problem is no forecast", () => {
    const text = slowFixture("nws-problem.json");
    expect(readForecast(text, PLACE, RECV).kind).toBe("unreadable");
    expect(readObservation(text, PLACE, RECV).kind).toBe("unreadable");
  });
});

describe("Open-Meteo", () => {
  // The climate day of New York is 05:00Z to 05:00Z all year. Hour h of day d has 60 + d + h/2 degrees.
  test.each([
    ["during the first whole day", at("19T12"), ["2026-08-19", "2026-08-20"]],
    ["in its last hour", at("20T04"), ["2026-08-19", "2026-08-20"]],
    ["once it is over", at("20T05"), ["2026-08-20"]],
  ])("whole days that are not over, %s", (_name, recvMs, days) => {
    const look = readHourly(slowFixture("open-meteo.json"), [HIGH], recvMs);
    if (look.kind !== "items") throw new Error(look.kind);
    const found = look.observations.map((each) =>
      "event" in each && each.event.type === "forecast" ? each.event.targetDate : each,
    );
    expect(found).toEqual(days);
  });

  test("highest and lowest hour", () => {
    const look = readHourly(slowFixture("open-meteo.json"), [HIGH, LOW], at("20T06"));
    const targetDate = "2026-08-20";
    const facts = { station: "KNYC", source: "open-meteo", targetDate, atMs: at("20T06") };
    expect(look).toMatchObject({
      observations: [
        { mark: "72.5 ", event: { ...facts, series: "KXHIGHNY", value: 61 + 23 / 2 } },
        { event: { ...facts, series: "KXLOWTNYC", value: 62 } },
      ],
    });
  });

  test("a day with a missing hour has no value", () => {
    const body = JSON.parse(slowFixture("open-meteo.json"));
    body.hourly.temperature_2m[47] = null;
    const look = readHourly(JSON.stringify(body), [HIGH], at("20T06"));
    expect(look).toMatchObject({ observations: [{ rejected: "no_value" }] });
  });
});

describe("climate days", () => {
  test.each([
    ["KXHIGHNY", "2026-07-01T04:59:59Z", "2026-06-30"],
    ["KXHIGHNY", "2026-07-01T05:00:00Z", "2026-07-01"],
    ["KXHIGHNY", "2026-01-01T05:00:00Z", "2026-01-01"],
    ["KXHIGHCHI", "2026-07-01T05:59:00Z", "2026-06-30"],
    ["KXHIGHDEN", "2026-07-01T07:00:00Z", "2026-07-01"],
    ["KXHIGHLAX", "2026-07-01T07:59:00Z", "2026-06-30"],
  ])("%s at %s is %s", (ticker, time, day) => {
    expect(climateDay(Date.parse(time), series(ticker).station)).toBe(day);
  });

  test.each(["KXHIGH", "KXHIGHXX", "HIGHNY", "KXBTC15M", "KXTEMPNYCH", "kxhighny"])(
    "%s is no weather series",
    (ticker) => {
      expect(weatherSeries(ticker)).toBeUndefined();
    },
  );

  test("series are asked for by station, each once", () => {
    const groups = byStation(["KXHIGHNY", "KXHIGHMIA", "KXLOWTNYC", "KXHIGHNY", "KXBTC15M"]);
    const names = [...groups].map(([{ id }, list]) => [id, ...list.map((each) => each.series)]);
    expect(names).toEqual([
      ["KNYC", "KXHIGHNY", "KXLOWTNYC"],
      ["KMIA", "KXHIGHMIA"],
    ]);
  });

  test.each([
    [0, 32],
    [-40, -40],
    [27.2, 80.96],
    [28.9, 84.02],
  ])("%d C is %d F", (celsius, value) => {
    expect(fahrenheit(celsius)).toBe(value);
  });
});
