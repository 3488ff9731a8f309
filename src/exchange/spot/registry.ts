import { httpDateText } from "../server/time-text.ts";
import type {
  Connection,
  ExchangeRequest,
  ExchangeResponse,
  Peer,
  Refusal,
} from "../server/types.ts";
import type { Happening, World } from "../world.ts";
import { BinanceServer } from "./binance/server.ts";
import { BitstampServer } from "./bitstamp/server.ts";
import { CoinbaseServer } from "./coinbase/server.ts";
import { FaultBox, type HttpFault, type SpotFaults } from "./faults.ts";
import { GeminiServer } from "./gemini/server.ts";
import { KrakenServer } from "./kraken/server.ts";
import { Link } from "./link.ts";
import { SpotGround } from "./markets.ts";
import type { SpotServer, SpotVenueName } from "./types.ts";

export type { SpotVenueName } from "./types.ts";

/** First part of the paths of each venue, and where its clients connect; Coinbase's REST keeps its own path. */
const PREFIXES: ReadonlyMap<string, SpotVenueName> = new Map<string, SpotVenueName>([
  ["coinbase", "coinbase"],
  ["api", "coinbase"],
  ["kraken", "kraken"],
  ["binance", "binance"],
  ["binance-futures", "binance"],
  ["bitstamp", "bitstamp"],
  ["gemini", "gemini"],
]);

const RESTART_AFTER_MS = 10_000;

interface Venue {
  readonly server: SpotServer;
  readonly faults: FaultBox;
  readonly links: Set<Link>;
}

/** The venue that answers a path, WebSocket or REST; undefined for every other. */
export function spotVenueOf(path: string): SpotVenueName | undefined {
  return PREFIXES.get(path.split(/[/?]/, 2)[1] ?? "");
}

/** Base addresses of the venues on one host; clients append the paths of the real ones. */
export function spotUrls(
  authority: string,
): Record<SpotVenueName, { ws: string; rest: string; futures: string }> {
  const [ws, rest] = [`ws://${authority}`, `http://${authority}`];
  const at = (prefix: string): { ws: string; rest: string; futures: string } => ({
    ws: `${ws}/${prefix}`,
    rest: `${rest}/${prefix}`,
    futures: "",
  });
  return {
    coinbase: { ws: `${ws}/coinbase/ws`, rest, futures: "" },
    kraken: at("kraken"),
    binance: { ...at("binance"), futures: `${rest}/binance-futures` },
    bitstamp: at("bitstamp"),
    gemini: at("gemini"),
  };
}

/** The spot venues beside the exchange: one price under all of them, each with a language and faults of its own. */
export class SpotVenues {
  readonly #world: World;
  readonly #ground: SpotGround;
  readonly #venues: Readonly<Record<SpotVenueName, Venue>>;

  constructor(world: World) {
    const ground = new SpotGround(world);
    this.#world = world;
    this.#ground = ground;
    const venue = (make: (ground: SpotGround, faults: FaultBox) => SpotServer): Venue => {
      const faults = new FaultBox();
      return { server: make(ground, faults), faults, links: new Set() };
    };
    this.#venues = {
      coinbase: venue((...parts) => new CoinbaseServer(...parts)),
      kraken: venue((...parts) => new KrakenServer(...parts)),
      binance: venue((...parts) => new BinanceServer(...parts)),
      bitstamp: venue((...parts) => new BitstampServer(...parts)),
      gemini: venue((...parts) => new GeminiServer(...parts)),
    };
  }

  /** Sets faults of one venue, leaving the others of that venue as they are. */
  faults(name: SpotVenueName, changes: Partial<SpotFaults>): void {
    const venue = this.#venues[name];
    const { restart = "none", ...lasting } = changes;
    const before = venue.faults.now.status;
    venue.faults.set(lasting, this.#world.nowMs());
    if (venue.faults.now.status !== before) venue.server.statusChanged?.();
    if (restart === "sudden") this.#closeAll(venue);
    else if (restart === "announced") this.#announceRestart(venue);
  }

  /** Puts every venue back in order. */
  clearFaults(): void {
    for (const { faults, server } of Object.values(this.#venues)) {
      const before = faults.now.status;
      faults.clear();
      if (before !== "online") server.statusChanged?.();
    }
  }

  #announceRestart(venue: Venue): void {
    venue.server.announceRestart?.();
    const links = [...venue.links];
    this.#ground.agenda.once(this.#world.nowMs() + RESTART_AFTER_MS, () => {
      for (const link of links) link.close(1001, "going away");
    });
  }

  #closeAll(venue: Venue): void {
    for (const link of venue.links) link.close(1001, "going away");
  }

  connect(name: SpotVenueName, path: string, peer: Peer): Connection | Refusal {
    const { server, faults, links } = this.#venues[name];
    const { geoBlocked, refuseUpgrades } = faults.now;
    const status = geoBlocked ? 451 : refuseUpgrades;
    if (status !== null) return { status, body: server.errorBody(status) };
    const link = new Link(peer, faults);
    const session = server.connect(link, path);
    if ("status" in session) return session;
    links.add(link);
    const isHeard = (): boolean => link.isOpen && !faults.now.mute;
    return {
      receive: (text) => {
        if (isHeard()) session.receive(text);
      },
      control: (kind) => {
        if (isHeard()) session.control?.(kind);
      },
      closed: () => {
        link.isOpen = false;
        links.delete(link);
        session.closed();
      },
    };
  }

  /** REST of the venue whose path it is; undefined when it is none's. */
  handleHttp(request: ExchangeRequest): ExchangeResponse | undefined {
    const [path = "", search = ""] = request.path.split("?", 2);
    const name = spotVenueOf(path);
    if (name === undefined) return undefined;
    const { server, faults } = this.#venues[name];
    const nowMs = faults.stampMs(this.#world.nowMs());
    const fault = faults.now.geoBlocked ? { status: 451 } : faults.now.http;
    const query = new URLSearchParams(search);
    const reply =
      fault === null
        ? server.handleHttp({ method: request.method, path, query, nowMs })
        : failedReply(server, fault);
    return {
      status: reply.status,
      headers: {
        "content-type": "application/json",
        date: httpDateText(nowMs),
        ...reply.headers,
      },
      body: reply.body,
    };
  }

  publish(happening: Happening): void {
    this.#venues.coinbase.server.publish?.(happening);
  }

  nextTimerMs(): number {
    return this.#ground.agenda.nextMs();
  }

  runTimers(nowMs: number): void {
    const { agenda } = this.#ground;
    while (agenda.nextMs() <= nowMs) agenda.runNext();
  }
}

function failedReply(server: SpotServer, fault: HttpFault) {
  const { status, retryAfterS, message } = fault;
  return {
    status,
    body: server.errorBody(status, { retryAfterS, message }),
    headers: retryAfterS === undefined ? {} : { "retry-after": `${retryAfterS}` },
  };
}
