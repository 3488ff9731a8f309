// NewsAPI.org (spot-feeds.md §5.3). The free plan allows 100 requests a day and is a day late.
//
// | answer                        | what we do with it                                       |
// |-------------------------------|----------------------------------------------------------|
// | status ok, articles           | `news` event for each new address                        |
// | article titled "[Removed]"    | rejected as `withdrawn`                                  |
// | status error with 200, 429, 5xx | failed: asked again later                              |
// | 400, 401, 426                 | refused: not asked again in this run                     |
import type { Ms } from "../../../core/units.ts";
import { type JsonObject, textAt } from "../../kalshi/json.ts";
import { parseRfc3339 } from "../../platform/rfc3339.ts";
import type { Shape } from "../../platform/shape.ts";
import type { SlowContext, SlowSpec } from "../slow/feed.ts";
import { objectsAt, readObject } from "../slow/json-body.ts";
import type { Look, Observation, PollSource } from "../slow/poll.ts";
import { newsObservation } from "./items.ts";

export const newsapiSpec: SlowSpec = {
  name: "newsapi",
  feed: "news",
  missing: ({ newsapi }) => (newsapi.key === null ? "NEWSAPI_KEY is not set" : null),
  create: (context) => [newsapiSource(context)],
};

const SHAPES: Readonly<Record<string, Shape>> = {
  articles: {
    status: "text",
    articles: [{ "title?": "text", url: "text", "publishedAt?": "text" }],
  },
};
const PAGE = 100;
const QUERY_MAX = 500;

function newsapiSource({ createAsk, settings }: SlowContext): PollSource {
  const ask = createAsk();
  const { key, pollMs, url: base } = settings.newsapi;
  const query = encodeURIComponent(settings.newsQuery.slice(0, QUERY_MAX));
  const url = `${base}/v2/everything?q=${query}&sortBy=publishedAt&language=en&pageSize=${PAGE}&page=1`;
  return {
    name: "newsapi",
    intervalMs: pollMs,
    restates: false,
    shapes: SHAPES,
    async look(signal) {
      // In a header, because addresses end up in logs.
      const answer = await ask({ url, headers: { "x-api-key": key ?? "" } }, signal);
      return answer.kind === "body" ? readArticles(answer.text, answer.recvMs) : answer;
    },
  };
}

/** A page of articles, oldest first. */
export function readArticles(text: string, recvMs: Ms): Look {
  const body = readObject(text);
  const status = body === undefined ? undefined : textAt(body, "status");
  if (status === "error") return { kind: "failed", why: "error with status 200", retryMs: null };
  const articles = body === undefined ? undefined : objectsAt(body, "articles");
  if (articles === undefined) return { kind: "unreadable", type: "articles", text };
  const observations = articles.map((article) => observationOf(article, recvMs)).toReversed();
  return { kind: "items", type: "articles", text, observations };
}

function observationOf(article: JsonObject, recvMs: Ms): Observation {
  return newsObservation({
    source: "newsapi",
    id: null,
    title: textAt(article, "title"),
    url: textAt(article, "url"),
    publishedMs: parseRfc3339(textAt(article, "publishedAt") ?? ""),
    recvMs,
  });
}
