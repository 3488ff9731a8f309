// Alpha Vantage NEWS_SENTIMENT (spot-feeds.md §5.4). The free plan allows 25 requests a day.
//
// | answer                               | what we do with it                                       |
// |--------------------------------------|----------------------------------------------------------|
// | feed                                 | `news` event for each new address                        |
// | Information "No articles found"      | counted as control                                       |
// | Information or Note, with status 200 | failed: a limit is reached; asked again at the interval  |
// | Error Message about the key          | refused: not asked again in this run                     |
// | any other Error Message              | failed, asked again at the interval                      |
import type { Ms } from "../../../core/units.ts";
import { type JsonObject, textAt } from "../../kalshi/json.ts";
import { parseRfc3339 } from "../../platform/rfc3339.ts";
import type { Shape } from "../../platform/shape.ts";
import type { SlowContext, SlowSpec } from "../slow/feed.ts";
import { objectsAt, readObject } from "../slow/json-body.ts";
import type { Look, Observation, PollSource } from "../slow/poll.ts";
import { newsObservation } from "./items.ts";

export const alphavantageSpec: SlowSpec = {
  name: "alphavantage",
  feed: "news",
  missing: ({ alphavantage }) => (alphavantage.key === null ? "ALPHAVANTAGE_KEY is not set" : null),
  create: (context) => [alphavantageSource(context)],
};

const SHAPES: Readonly<Record<string, Shape>> = {
  feed: { feed: [{ title: "text", url: "text", time_published: "text" }] },
};
const PAGE = 50;

function alphavantageSource({ createAsk, settings }: SlowContext): PollSource {
  const ask = createAsk();
  const { pollMs, ticker, url: base } = settings.alphavantage;
  const key = settings.alphavantage.key ?? "";
  // The one service that takes its key in the address only. No message quotes an address, and the answer quotes the key.
  const query = `function=NEWS_SENTIMENT&tickers=${encodeURIComponent(ticker)}&sort=LATEST&limit=${PAGE}`;
  const url = `${base}/query?${query}&apikey=${encodeURIComponent(key)}`;
  return {
    name: "alphavantage",
    intervalMs: pollMs,
    restates: false,
    shapes: SHAPES,
    async look(signal) {
      const answer = await ask({ url }, signal);
      if (answer.kind !== "body") return answer;
      const text = key === "" ? answer.text : answer.text.replaceAll(key, "(key)");
      return readSentiment(text, { recvMs: answer.recvMs, pollMs });
    },
  };
}

/** One answer, oldest article first. `pollMs` is the wait after a limit, which is one of the day. */
export function readSentiment(text: string, when: { recvMs: Ms; pollMs: Ms }): Look {
  const body = readObject(text);
  if (body === undefined) return { kind: "unreadable", type: "feed", text };
  const feed = objectsAt(body, "feed");
  if (feed === undefined) return explained(body, text, when.pollMs);
  const observations = feed.map((item) => observationOf(item, when.recvMs)).toReversed();
  return { kind: "items", type: "feed", text, observations };
}

function explained(body: JsonObject, text: string, retryMs: Ms): Look {
  const error = textAt(body, "Error Message");
  if (error !== undefined) {
    if (/api ?key/i.test(error)) return { kind: "refused", why: "the key is not accepted" };
    return { kind: "failed", why: "error with status 200", retryMs };
  }
  const note = textAt(body, "Information") ?? textAt(body, "Note");
  if (note === undefined) return { kind: "unreadable", type: "feed", text };
  if (/no articles found/i.test(note)) {
    return { kind: "items", type: "feed", text, observations: [] };
  }
  return { kind: "failed", why: "the limit of requests is reached", retryMs };
}

function observationOf(item: JsonObject, recvMs: Ms): Observation {
  return newsObservation({
    source: "alphavantage",
    id: null,
    title: textAt(item, "title"),
    url: textAt(item, "url"),
    publishedMs: timeOf(textAt(item, "time_published") ?? ""),
    recvMs,
  });
}

/** `20260819T123456`, UTC; the seconds may be missing. */
function timeOf(text: string): Ms | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = "00"] = match;
  return parseRfc3339(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
