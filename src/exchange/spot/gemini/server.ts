import type { SpotVenue, VenueListener, VenueTrade } from "../../scenario/spot-venue.ts";
import type { Refusal } from "../../server/types.ts";
import type { FaultBox, FrameKind } from "../faults.ts";
import type { Link } from "../link.ts";
import { type SpotGround, VenueMarkets } from "../markets.ts";
import type { FailureDetails, SpotReply, SpotRequest, SpotServer, SpotSession } from "../types.ts";
import { VenueClock } from "../venue-clock.ts";
import * as frames from "./frames.ts";
import type { GeminiHost, GeminiListener } from "./host.ts";
import { answer } from "./rest.ts";
import { GeminiSession } from "./session.ts";
import { GeminiStreamSession } from "./stream-session.ts";

const V2_PATH = "/gemini/v2/marketdata";
/** The real streams are at the root of a host of their own, which shares its prefix here with the REST host. */
const V3_PATHS: ReadonlySet<string> = new Set(["/gemini", "/gemini/", "/gemini/ws"]);
const DEPTH_MS = 100;

/** Gemini: the legacy v2 market data and the current v3 streams (spot-feeds.md §4.6). */
export class GeminiServer implements SpotServer, GeminiHost {
  readonly clock: VenueClock;
  readonly #markets: VenueMarkets;
  readonly #sessions = new Set<GeminiListener>();
  /** Changes of the v3 depth streams since their last frame. */
  readonly #depths = new Map<string, frames.DepthDiff>();

  constructor(ground: SpotGround, faults: FaultBox) {
    this.clock = new VenueClock(ground, faults);
    this.#markets = new VenueMarkets(ground, "gemini", faults, (market) => this.#listen(market));
  }

  connect(link: Link, path: string): SpotSession | Refusal {
    const [route = ""] = path.split("?", 1);
    if (route !== V2_PATH && !V3_PATHS.has(route)) return { status: 404, body: "" };
    const session =
      route === V2_PATH
        ? new GeminiSession(this, link)
        : new GeminiStreamSession(this, link, path.includes("snapshot=-1"));
    this.#sessions.add(session);
    return session;
  }

  forget(session: GeminiListener): void {
    this.#sessions.delete(session);
  }

  handleHttp(request: SpotRequest): SpotReply {
    return answer(this, request);
  }

  errorBody(status: number, { message }: FailureDetails = {}): string {
    const reason = status === 429 ? "RateLimit" : "System";
    return JSON.stringify({ result: "error", reason, message: message ?? "request failed" });
  }

  coins(): readonly string[] {
    return this.#markets.coins();
  }

  market(symbol: string): SpotVenue | undefined {
    const coin = this.coins().find((each) => frames.symbolOf(each) === symbol.toLowerCase());
    return coin === undefined ? undefined : this.#markets.get(coin);
  }

  startDepth(market: SpotVenue): void {
    const symbol = frames.symbolOf(market.coin);
    if (this.#depths.has(symbol)) return;
    this.#depths.set(symbol, frames.noDiff(market));
    this.clock.later(DEPTH_MS, () => {
      const diff = this.#depths.get(symbol);
      if (diff === undefined || diff.bids.size + diff.asks.size === 0) return DEPTH_MS;
      this.#depths.set(symbol, frames.noDiff(market));
      const at = this.clock.stampMs(this.clock.nowMs());
      this.#tell({ version: "v3", name: `${symbol}@depth@100ms`, kind: "book" }, () =>
        frames.depthJson(market, diff, at),
      );
      return DEPTH_MS;
    });
  }

  #listen(market: SpotVenue): VenueListener {
    const symbol = frames.symbolOf(market.coin);
    let touch = "";
    return {
      onTrades: (trades, atMs) => {
        for (const trade of trades) this.#trade(market, trade);
        this.#candles(market, atMs);
      },
      onBook: (changes, atMs) => {
        const diff = this.#depths.get(symbol);
        for (const [price, size] of changes.bids) diff?.bids.set(price, size);
        for (const [price, size] of changes.asks) diff?.asks.set(price, size);
        this.#tell({ version: "v2", name: `l2 ${symbol}`, kind: "book" }, () =>
          frames.l2Json(market, changes),
        );
        const now = frames.touchJson(market);
        if (now === touch) return;
        touch = now;
        this.#tell({ version: "v3", name: `${symbol}@bookTicker`, kind: "quote" }, () =>
          frames.bookTickerJson(market, this.clock.stampMs(atMs)),
        );
      },
    };
  }

  #trade(market: SpotVenue, trade: VenueTrade): void {
    const symbol = frames.symbolOf(market.coin);
    const atMs = this.clock.stampMs(trade.atMs);
    this.#tell({ version: "v2", name: `l2 ${symbol}`, kind: "trade" }, () =>
      frames.tradeJson(market, trade, atMs),
    );
    this.#tell({ version: "v3", name: `${symbol}@trade`, kind: "trade" }, () =>
      frames.streamTradeJson(market, trade, atMs),
    );
  }

  #candles(market: SpotVenue, atMs: number): void {
    const symbol = frames.symbolOf(market.coin);
    for (const [name, lengthS] of frames.CANDLES) {
      this.#tell({ version: "v2", name: `candles_${name} ${symbol}`, kind: "quote" }, () => {
        const fromS = Math.floor(atMs / 1000 / lengthS) * lengthS;
        const running = market.candles.read(fromS, fromS + 1, lengthS);
        return frames.candlesJson(market, running, name);
      });
    }
  }

  #tell(
    to: { readonly version: "v2" | "v3"; readonly name: string; readonly kind: FrameKind },
    write: () => string,
  ): void {
    let text = "";
    for (const session of this.#sessions) {
      if (session.version !== to.version || !session.isHearing(to.name)) continue;
      if (text === "") text = write();
      session.send(text, to.kind);
    }
  }
}
