import { createSlowFeed, type SlowSettings } from "../../../../../src/adapters/feeds/slow/feed.ts";
import { SLOW_FEEDS } from "../../../../../src/adapters/feeds/slow/registry.ts";
import { VirtualClock } from "../../../../../src/adapters/platform/virtual-clock.ts";
import type { FeedGap, MarketEvent } from "../../../../../src/core/events.ts";
import type { Feed, HttpRequest } from "../../../../../src/ports.ts";
import { type Answer, advance, FakeHttp, START_MS } from "../../fakes.ts";

/** Nothing is set up. */
const NO_SETTINGS: SlowSettings = {
  rssUrls: [],
  rssPollMs: 60_000,
  newsQuery: "bitcoin",
  newsapi: { url: "https://newsapi.example", key: null, pollMs: 900_000 },
  alphavantage: { url: "https://av.example", key: null, ticker: "CRYPTO:BTC", pollMs: 3_600_000 },
  x: { url: "https://x.example", token: null, query: null, postsPerHour: 60, pollMs: 300_000 },
  weatherSeries: [],
  weatherPollMs: 600_000,
  nwsUrl: "https://nws.example",
  openMeteoUrl: "https://om.example",
  contact: null,
};

export type Reply = (url: URL, request: HttpRequest) => Answer | Error;

/** A slow feed over answers in memory, on a clock that the test moves. */
export class SlowRig {
  readonly clock = new VirtualClock(START_MS);
  readonly events: MarketEvent[] = [];
  readonly feed: Feed;
  readonly #http: FakeHttp;
  readonly #stop = new AbortController();
  #done: Promise<void> | null = null;
  /** When each request came, counted from the start, and where it went. */
  readonly asked: { readonly atMs: number; readonly request: HttpRequest }[] = [];
  reply: Reply;

  constructor(name: "news" | "weather", settings: Partial<SlowSettings>, reply: Reply) {
    this.reply = reply;
    this.#http = new FakeHttp((url, request) => {
      this.asked.push({ atMs: this.clock.nowMs() - START_MS, request });
      return this.reply(url, request);
    });
    const feed = createSlowFeed(name, {
      specs: SLOW_FEEDS,
      settings: { ...NO_SETTINGS, ...settings },
      http: this.#http,
      clock: this.clock,
    });
    if (feed === null) throw new Error("nothing is set up");
    this.feed = feed;
  }

  get times(): number[] {
    return this.asked.map(({ atMs }) => atMs / 1000);
  }

  get gaps(): FeedGap[] {
    return this.events.filter((event) => event.type === "gap");
  }

  get stored(): MarketEvent[] {
    return this.events.filter((event) => event.type === "news" || event.type === "forecast");
  }

  /** Lets this many seconds pass; the first call starts the feed. */
  async pass(seconds: number): Promise<void> {
    this.#done ??= this.feed.run((event) => this.events.push(event), this.#stop.signal);
    await advance(this.clock, seconds * 1000);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new DOMException("over", "AbortError"));
    await this.#done;
  }

  /** received = emitted + rejected, always. */
  get isBalanced(): boolean {
    const { emitted, received, rejected } = this.feed.stats;
    let refused = 0;
    for (const count of rejected.values()) refused += count;
    return received === emitted + refused && emitted === this.stored.length;
  }
}
