import { dirname, join } from "node:path";
import { type Journal, openJournal } from "../../adapters/platform/journal.ts";
import { isoTime } from "../../core/iso-time.ts";
import type { Market } from "../../core/market.ts";
import type { Clock, HttpClient, OpenSocket } from "../../ports.ts";
import type { Environment } from "./environment.ts";

// `collect --raw`: what every feed heard and said, word for word, in one file a feed. The file of Kalshi can be served
// again by the local exchange (`--sim=replay:FILE`), which is why it notes connections and markets.

type Wires = Pick<Environment, "clock" | "http" | "openSocket">;

/** The journals of one run, opened when a feed first speaks. */
export interface RawFiles<Env extends Wires = Environment> {
  /** The environment as one feed sees it: the same wires, with a journal on them. */
  environmentOf(feed: string): Promise<Env>;
  /** Notes a market for whoever replays the file. */
  market(market: Market): void;
  flush(): void;
  /** Idempotent. */
  close(): Promise<void>;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** `folder/<start>.<feed>.jsonl.gz`; the start is the exchange's time. */
export function openRawFiles<Env extends Wires>(
  env: Env,
  dbPath: string,
  secrets: readonly string[],
): RawFiles<Env> {
  const stamp = isoTime(env.clock.nowMs()).replaceAll(/[-:]|\.\d+/g, "");
  const journals = new Map<string, Journal>();
  let isClosed = false;
  const all = (): Journal[] => [...journals.values()];
  return {
    get files() {
      return all().map(({ path, bytes }) => ({ path, bytes }));
    },
    async environmentOf(feed) {
      const path = join(dirname(dbPath), "raw", `${stamp}.${feed}.jsonl.gz`);
      const journal = journals.get(feed) ?? (await openJournal(path));
      journals.set(feed, journal);
      const { clock } = env;
      return {
        ...env,
        openSocket: tapped(env.openSocket, journal, clock),
        http: noted(env.http, journal, { clock, hide: hider(secrets) }),
      };
    },
    market({ ticker, closeMs, floorUsd, status }) {
      const closeTime = isoTime(closeMs);
      const note = { market_ticker: ticker, close_time: closeTime, status, strike: floorUsd };
      journals.get("kalshi")?.control({ event: "watch_market", ...note }, env.clock.nowMs());
    },
    flush() {
      for (const journal of all()) journal.flush();
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      // Each has its last chunk to write, also when the file of another feed takes no more.
      const ends = await Promise.allSettled(all().map((journal) => journal.close()));
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    },
  };
}

function tapped(openSocket: OpenSocket, journal: Journal, clock: Clock): OpenSocket {
  return (url, headers, handlers) => {
    // What still arrives after the client hung up was read by nobody.
    let isLeft = false;
    const socket = openSocket(url, headers, {
      ...handlers,
      // Every frame has to come as the text that the journal keeps.
      onBytes: () => false,
      onOpen() {
        journal.control({ event: "connected" }, clock.nowMs());
        handlers.onOpen();
      },
      onMessage(text, recvMs) {
        if (!isLeft) journal.frame(text, recvMs);
        handlers.onMessage(text, recvMs);
      },
      onClose(close) {
        const { code, reason, status, error } = close;
        journal.control({ event: "closed", code, reason, status, error }, clock.nowMs());
        handlers.onClose(close);
      },
    });
    return {
      send(text) {
        journal.sent(text, clock.nowMs());
        socket.send(text);
      },
      close() {
        isLeft = true;
        socket.close();
      },
    };
  };
}

/** Method, address and status of each request; headers carry signatures and stay out, keys are hidden (I36). */
function noted(
  http: HttpClient,
  journal: Journal,
  { clock, hide }: { readonly clock: Clock; readonly hide: (text: string) => string },
): HttpClient {
  return {
    async request(request, signal) {
      const { method } = request;
      const url = hide(request.url);
      journal.control({ event: "request", method, url }, clock.nowMs());
      const response = await http.request(request, signal);
      const { status } = response;
      const body = hide(response.body);
      journal.control({ event: "response", method, url, status, body }, clock.nowMs());
      return response;
    },
  };
}

/** Alpha Vantage takes its key in the address and quotes it in answers. */
function hider(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]));
  return (text) => [...forms].reduce((hidden, form) => hidden.replaceAll(form, "(secret)"), text);
}
