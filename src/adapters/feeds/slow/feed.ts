import type { Clock, Feed, FeedStats, HttpClient } from "../../../ports.ts";
import { createFeedStats } from "../../platform/feed-stats.ts";
import { runTogether } from "../../platform/scope.ts";
import { Poller, type PollSource } from "./poll.ts";
import { type Ask, createAsk } from "./poll-request.ts";

// News and weather: sources that are asked every minute or hour. One feed for `--news` and one for `--weather`, each of
// as many sources as are set up.

/** Tokens are null and lists empty where a source is not set up. */
export interface SlowSettings {
  readonly rssUrls: readonly string[];
  readonly rssPollMs: number;
  readonly newsQuery: string;
  readonly newsapi: { readonly url: string; readonly key: string | null; readonly pollMs: number };
  readonly alphavantage: {
    readonly url: string;
    readonly key: string | null;
    readonly ticker: string;
    readonly pollMs: number;
  };
  readonly x: {
    readonly url: string;
    readonly token: string | null;
    readonly query: string | null;
    readonly postsPerHour: number;
    readonly pollMs: number;
  };
  readonly weatherSeries: readonly string[];
  readonly weatherPollMs: number;
  readonly nwsUrl: string;
  readonly openMeteoUrl: string;
  /** Whom the weather service may write to; part of the `User-Agent` that it requires. */
  readonly contact: string | null;
}

export interface SlowContext {
  readonly settings: SlowSettings;
  readonly clock: Clock;
  readonly stats: FeedStats;
  /** A fresh memory of answers: each source has its own. */
  readonly createAsk: () => Ask;
}

/** One line of the registry. */
export interface SlowSpec {
  readonly name: string;
  readonly feed: SlowFeedName;
  /** What is missing to use it, as a person would be told; null when nothing is. */
  missing(settings: SlowSettings): string | null;
  create(context: SlowContext): readonly PollSource[];
}

export type SlowFeedName = "news" | "weather";

interface SlowParts {
  readonly specs: readonly SlowSpec[];
  readonly settings: SlowSettings;
  readonly http: HttpClient;
  readonly clock: Clock;
}

/** The feed of everything that is set up for it; null when nothing is. */
export function createSlowFeed(name: SlowFeedName, parts: SlowParts): Feed | null {
  const { clock, http, settings } = parts;
  const stats = createFeedStats();
  const userAgent = userAgentOf(settings.contact);
  const context: SlowContext = {
    settings,
    clock,
    stats,
    createAsk: () => createAsk({ http, clock, stats, userAgent }),
  };
  const sources: PollSource[] = [];
  const leftOut: string[] = [];
  for (const spec of parts.specs) {
    if (spec.feed !== name) continue;
    const missing = spec.missing(settings);
    if (missing === null) sources.push(...spec.create(context));
    else leftOut.push(`${spec.name} left out (${missing})`);
  }
  if (sources.length === 0) return null;
  let pollers: readonly Poller[] = [];
  return {
    name,
    stats,
    status: () => [...pollers.map((poller) => poller.status()), ...leftOut].join("; "),
    async run(sink, signal) {
      pollers = sources.map((source) => new Poller(source, { clock, stats, sink }));
      const tasks = pollers.map((poller) => (both: AbortSignal) => poller.run(both));
      // A feed lasts until it is stopped, also when every source has refused.
      await runTogether(signal, [...tasks, untilAborted]);
    },
  };
}

/** api.weather.gov answers 403 without one (spot-feeds.md §5.1); NewsAPI wants one too. */
function userAgentOf(contact: string | null): string {
  const printable = contact?.replaceAll(/[^\x20-\x7e]|[()]/g, "") ?? "";
  return `kbt/1 (${printable === "" ? "no contact given" : printable})`;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
