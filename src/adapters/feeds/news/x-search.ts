// X recent search (spot-feeds.md §5.5). Every post that is read costs money, so there is a budget of posts an hour and
// nothing is asked without a query of the user's own.
//
// | answer                   | what we do with it                                                          |
// |--------------------------|-----------------------------------------------------------------------------|
// | data                     | `news` event for each post, its text as the title                           |
// | no `data`                | counted as control: nothing was found                                       |
// | meta.next_token          | `gap` event of reason `page_limit`: more was written than is read            |
// | 429                      | failed: asked again when `x-rate-limit-reset` says, at least a minute later  |
// | the budget is used up    | `gap` event of reason `budget`; asked again when an hour has passed          |
import type { Ms } from "../../../core/units.ts";
import type { Clock } from "../../../ports.ts";
import { type JsonObject, textAt } from "../../kalshi/json.ts";
import { parseRfc3339 } from "../../platform/rfc3339.ts";
import type { Shape } from "../../platform/shape.ts";
import type { SlowContext, SlowSpec } from "../slow/feed.ts";
import { objectAt, objectsAt, readObject } from "../slow/json-body.ts";
import type { Look, Observation, PollSource } from "../slow/poll.ts";
import type { Failure } from "../slow/poll-request.ts";
import { newsObservation } from "./items.ts";

export const xSearchSpec: SlowSpec = {
  name: "x",
  feed: "news",
  missing: ({ x }) => {
    if (x.token === null) return "TWITTER_BEARER_TOKEN is not set";
    return x.query === null ? "news.x_query is not set" : null;
  },
  create: (context) => [xSource(context)],
};

const SHAPES: Readonly<Record<string, Shape>> = {
  posts: { "data?": [{ id: "text", text: "text", "created_at?": "text" }], meta: "object" },
};
/** Fewest and most posts that one request may ask for. */
const PAGE_MIN = 10;
const PAGE_MAX = 100;
const QUERY_MAX = 512;
const HOUR_MS = 3_600_000;
/** Search reaches back seven days, and an id from before that is an error. */
const SINCE_MS_MAX = 6 * 24 * HOUR_MS;
const LIMIT_RETRY_MS = 60_000;

interface Since {
  readonly id: string;
  readonly atMs: Ms;
}

function xSource({ clock, createAsk, settings }: SlowContext): PollSource {
  const ask = createAsk();
  const { pollMs, postsPerHour, query, token, url: base } = settings.x;
  const budget = new Budget(postsPerHour, clock);
  let since: Since | null = null;
  return {
    name: "x",
    intervalMs: pollMs,
    restates: false,
    shapes: SHAPES,
    async look(signal) {
      const left = budget.left();
      if (left < PAGE_MIN) {
        const why = `${postsPerHour} posts an hour are used up`;
        return { kind: "failed", why, retryMs: budget.waitMs(), reason: "budget" };
      }
      if (since !== null && clock.nowMs() - since.atMs > SINCE_MS_MAX) since = null;
      const page = Math.min(PAGE_MAX, left);
      const text = encodeURIComponent((query ?? "").slice(0, QUERY_MAX));
      const from = since === null ? "" : `&since_id=${since.id}`;
      const url = `${base}/2/tweets/search/recent?query=${text}&max_results=${page}&tweet.fields=created_at${from}`;
      const answer = await ask({ url, headers: { authorization: `Bearer ${token}` } }, signal);
      if (answer.kind === "failed") return limited(answer, clock.nowMs());
      if (answer.kind !== "body") return answer;
      const found = readPosts(answer.text, answer.recvMs);
      budget.spend(found.posts);
      // Without an id there is no saying what was missed: the first look takes the newest and no more.
      const isCut = found.hasMore && since !== null;
      if (found.newestId !== null) since = { id: found.newestId, atMs: answer.recvMs };
      return found.look.kind === "items" ? { ...found.look, isCut } : found.look;
    },
  };
}

/** When X says that the window of its limit ends, in whole seconds of its own clock. */
function limited(answer: Failure, nowMs: Ms): Look {
  const { headers, status, why } = answer;
  if (status !== 429) return answer;
  const reset = /^\d{1,12}$/.exec(headers["x-rate-limit-reset"] ?? "")?.[0];
  const untilMs = reset === undefined ? 0 : Math.min(HOUR_MS, Number(reset) * 1000 - nowMs);
  return { kind: "failed", why, retryMs: Math.max(LIMIT_RETRY_MS, untilMs, answer.retryMs ?? 0) };
}

interface Posts {
  readonly look: Look;
  readonly posts: number;
  readonly newestId: string | null;
  readonly hasMore: boolean;
}

/** One page of posts, oldest first. */
export function readPosts(text: string, recvMs: Ms): Posts {
  const body = readObject(text);
  const meta = body === undefined ? undefined : objectAt(body, "meta");
  if (body === undefined || meta === undefined) {
    const look = { kind: "unreadable", type: "posts", text } as const;
    return { look, posts: 0, newestId: null, hasMore: false };
  }
  const data = objectsAt(body, "data") ?? [];
  const observations = data.map((post) => observationOf(post, recvMs)).toReversed();
  const newestId = /^\d{1,20}$/.exec(textAt(meta, "newest_id") ?? "")?.[0] ?? null;
  return {
    look: { kind: "items", type: "posts", text, observations },
    posts: data.length,
    newestId,
    hasMore: textAt(meta, "next_token") !== undefined,
  };
}

function observationOf(post: JsonObject, recvMs: Ms): Observation {
  // Ids are above 2^53 and come as text for that reason.
  const id = /^\d{1,20}$/.exec(textAt(post, "id") ?? "")?.[0];
  if (id === undefined) return { rejected: "no_id" };
  return newsObservation({
    source: "x",
    id,
    title: textAt(post, "text"),
    url: `https://x.com/i/web/status/${id}`,
    publishedMs: parseRfc3339(textAt(post, "created_at") ?? ""),
    recvMs,
  });
}

/** Posts read in the last hour, against the number that may be. */
class Budget {
  readonly #perHour: number;
  readonly #clock: Clock;
  #spent: { readonly atMs: Ms; readonly posts: number }[] = [];

  constructor(perHour: number, clock: Clock) {
    this.#perHour = perHour;
    this.#clock = clock;
  }

  left(): number {
    const nowMs = this.#clock.monoMs();
    this.#spent = this.#spent.filter(({ atMs }) => nowMs - atMs < HOUR_MS);
    return this.#perHour - this.#spent.reduce((sum, { posts }) => sum + posts, 0);
  }

  spend(posts: number): void {
    if (posts > 0) this.#spent.push({ atMs: this.#clock.monoMs(), posts });
  }

  /** Until the oldest posts leave the hour. */
  waitMs(): Ms {
    const [oldest] = this.#spent;
    return oldest === undefined ? HOUR_MS : oldest.atMs + HOUR_MS - this.#clock.monoMs();
  }
}
