import {
  createKalshiFeed,
  type KalshiFeedConfig,
} from "../../../../../src/adapters/feeds/kalshi/feed.ts";
import { createKalshiRest } from "../../../../../src/adapters/kalshi/rest.ts";
import { createKalshiStream } from "../../../../../src/adapters/kalshi/stream.ts";
import { networkError } from "../../../../../src/adapters/platform/network-error.ts";
import type { VirtualClock } from "../../../../../src/adapters/platform/virtual-clock.ts";
import type { MarketEvent, MarketInfo, Settlement } from "../../../../../src/core/events.ts";
import type { Feed } from "../../../../../src/ports.ts";
import {
  type Answer,
  advance,
  FakeHttp,
  FakeNetwork,
  newClock,
  noJitter,
  START_MS,
  settle,
} from "../../fakes.ts";

export const WINDOW_MS = 900_000;
export const SERIES = "KXBTC15M";
export const CONFIG: KalshiFeedConfig = {
  series: [SERIES],
  eventTicker: null,
  tickers: [],
  strikesAround: 5,
  pageLimit: 100,
  maxPages: 1,
  status: "open",
};

/** Fees that never change, where a request asks for fees. */
export function feeAnswer({ pathname }: URL): Answer | undefined {
  const [, room, name] = /^\/trade-api\/v2\/(series|events)\/(.+)$/.exec(pathname) ?? [];
  if (name === undefined) return undefined;
  if (name === "fee_changes") {
    return { body: { series_fee_change_arr: [], event_fee_changes: [], cursor: "" } };
  }
  const ticker = { ticker: name, event_ticker: name, series_ticker: SERIES };
  const charged = { ...ticker, fee_type: "quadratic", fee_multiplier: 1 };
  return { body: room === "series" ? { series: charged } : { event: ticker } };
}

/** The exchange's REST side: 15-minute windows one after the other, settled 4 s and paid 20 s after their close. */
class Windows {
  readonly clock: VirtualClock;
  /** While true every request fails. */
  down = false;
  settleMs = 4000;
  hasStrikeDates = true;
  /** How long after its opening a market gets its strike. */
  strikeLateMs = 0;
  /** Fields of single markets and events that are not what they should be. */
  readonly broken = new Map<string, Record<string, unknown>>();
  /** Series that the exchange refuses to list. */
  readonly refused = new Set<string>();
  requests = 0;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  market(n: number): Record<string, unknown> {
    const nowMs = this.clock.nowMs();
    const openMs = START_MS + n * WINDOW_MS;
    const closeMs = openMs + WINDOW_MS;
    const isOpen = nowMs >= openMs;
    const isSettled = nowMs >= closeMs + this.settleMs;
    const isPaid = nowMs >= closeMs + this.settleMs + 16_000;
    let status = nowMs < closeMs ? (isOpen ? "active" : "initialized") : "closed";
    if (isSettled) status = isPaid ? "finalized" : "determined";
    return {
      ticker: `${SERIES}-W${n}-00`,
      event_ticker: `${SERIES}-W${n}`,
      open_time: new Date(openMs).toISOString(),
      close_time: new Date(closeMs).toISOString(),
      status,
      result: isSettled ? "yes" : "",
      expiration_value: isSettled ? "63500.01" : "",
      settlement_timer_seconds: 1,
      strike_type: "greater_or_equal",
      ...(nowMs >= openMs + this.strikeLateMs ? { floor_strike: 63_000 + n } : {}),
      ...(isPaid
        ? { settlement_ts: new Date(closeMs + this.settleMs + 16_000).toISOString() }
        : {}),
      yes_bid_dollars: nowMs % 7 === 0 ? "0.4000" : "0.4100",
      yes_ask_dollars: "0.5000",
      price_level_structure: "linear_cent",
      price_ranges: [{ start: "0.0000", end: "1.0000", step: "0.0100" }],
      ...this.broken.get(`${SERIES}-W${n}-00`),
    };
  }

  readonly answer = (url: URL): Answer | Error => {
    this.requests++;
    if (this.down) return networkError(url.href, { code: "ECONNREFUSED", message: "refused" });
    const path = url.pathname.replace("/trade-api/v2", "");
    const all = Array.from({ length: 8 }, (_, n) => this.market(n));
    const wanted: Record<string, string> = { open: "active", unopened: "initialized" };
    if (path === "/events") {
      if (this.refused.has(url.searchParams.get("series_ticker") ?? "")) {
        return { status: 400, body: { error: { code: "bad_request" } } };
      }
      const status = wanted[url.searchParams.get("status") ?? ""];
      const events = all
        .filter((market) => market["status"] === status)
        .map((market) => ({
          event_ticker: market["event_ticker"],
          series_ticker: SERIES,
          ...(this.hasStrikeDates ? { strike_date: market["close_time"] } : {}),
          ...this.broken.get(String(market["event_ticker"])),
        }));
      return { body: { events: events.toReversed(), cursor: "" } };
    }
    if (path === "/markets") {
      const event = url.searchParams.get("event_ticker");
      const tickers = url.searchParams.get("tickers")?.split(",");
      const markets = all.filter(
        (market) => market["event_ticker"] === event || tickers?.includes(String(market["ticker"])),
      );
      return { body: { markets, cursor: "" } };
    }
    const fees = feeAnswer(url);
    if (fees !== undefined) return fees;
    const market = all.find((one) => path === `/markets/${String(one["ticker"])}`);
    return market === undefined
      ? { status: 404, body: { error: { code: "market_not_found" } } }
      : { body: { market } };
  };
}

/** The streaming feed on that exchange, with sockets and time in the hands of the test. */
export class FeedRig {
  readonly clock = newClock();
  readonly windows = new Windows(this.clock);
  readonly network = new FakeNetwork(this.clock);
  readonly events: MarketEvent[] = [];
  readonly stop = new AbortController();
  readonly rest = createKalshiRest({
    baseUrl: "https://h/trade-api/v2",
    http: new FakeHttp(this.windows.answer),
    clock: this.clock,
    signer: null,
  });
  running: Promise<void> = Promise.resolve();

  async run(
    config: Partial<KalshiFeedConfig> = {},
    sink: (event: MarketEvent) => void = (event) => this.events.push(event),
    held: readonly string[] = [],
  ): Promise<Feed> {
    const { clock, network, rest } = this;
    const stream = createKalshiStream({
      url: "wss://h/trade-api/ws/v2",
      openSocket: network.openSocket,
      signer: null,
      clock,
      rng: noJitter,
    });
    const feed = createKalshiFeed({
      rest,
      stream,
      clock,
      config: { ...CONFIG, ...config },
      spotHint: () => null,
      held: () => held,
    });
    this.running = feed.run(sink, this.stop.signal);
    await settle();
    return feed;
  }

  /** Time passes on a connection that answers commands and pings. */
  async live(ms: number): Promise<void> {
    const { clock, network } = this;
    const endMs = clock.nowMs() + ms;
    const acknowledged = new Set<number>();
    while (clock.nowMs() < endMs) {
      const { last } = network;
      last.ping();
      for (const message of last.sent) {
        const id = Number(message["id"]);
        if (acknowledged.has(id)) continue;
        acknowledged.add(id);
        const { channels, sid } = message["params"] as { channels?: string[]; sid?: number };
        if (channels === undefined) last.push({ type: "ok", id, sid });
        else last.push({ type: "subscribed", id, msg: { channel: channels[0], sid: 10 + id } });
      }
      await advance(clock, Math.min(1000, endMs - clock.nowMs()));
    }
  }

  markets(): string[] {
    return this.events
      .filter((event): event is MarketInfo => event.type === "market")
      .map(({ market }) => `${market.ticker} ${market.status} ${market.floorUsd}`);
  }

  settlements(): Settlement[] {
    return this.events.filter((event) => event.type === "settlement");
  }
}
