import { KbtError } from "../../core/errors.ts";
import type { Rng } from "../../core/rng.ts";
import type { Clock, FeedStats, OpenSocket } from "../../ports.ts";
import { type ConnectionEnd, keepConnected } from "../platform/connection.ts";
import { DriftWatch } from "../platform/drift.ts";
import { createFeedStats } from "../platform/feed-stats.ts";
import { hostOf } from "../platform/network-error.ts";
import type { Signer } from "./auth.ts";
import { KalshiSession, type StreamHandlers } from "./session.ts";
import { KALSHI_SHAPES } from "./shapes.ts";
import { FRAME_BYTES_MAX } from "./wire.ts";

export interface KalshiStreamOptions {
  /** Whole address, `wss://…/trade-api/ws/v2`. */
  readonly url: string;
  readonly openSocket: OpenSocket;
  /** The exchange wants a signature even for public channels; without one it answers 401 (kalshi.md §1.3). */
  readonly signer: Signer | null;
  readonly clock: Clock;
  readonly rng: Rng;
}

/** The exchange's socket, kept connected and subscribed to what was asked for last. */
export interface KalshiStream {
  readonly stats: FeedStats;
  status(): string;
  /** Replaces the set of markets; what is new gets a snapshot, what is gone is given up. */
  setMarkets(tickers: Iterable<string>): void;
  setIndices(indexIds: Iterable<string>): void;
  /** Asks for the whole book again, because the present one cannot be right. */
  resync(ticker: string, reason: string): void;
  /** Resolves when aborted; rejects with `auth` after one refused handshake, and with whatever a handler threw. */
  run(handlers: StreamHandlers, signal: AbortSignal): Promise<void>;
}

// The server pings every 10 s, so this much silence means that the connection is gone (reliability.md W2).
const SILENCE_MS = 15_000;

export function createKalshiStream(options: KalshiStreamOptions): KalshiStream {
  const { url, clock } = options;
  const stats = createFeedStats();
  const wanted = { markets: new Set<string>(), indices: new Set<string>() };
  const notes = new Set<string>();
  const drift = new DriftWatch("kalshi", KALSHI_SHAPES);
  let session: KalshiSession | null = null;
  let line = "not started";

  const headers = (): Readonly<Record<string, string>> =>
    options.signer?.sign(clock.nowMs(), "GET", url) ?? {};

  const status = (): string => {
    const state = session === null ? line : `connected, ${count(wanted.markets.size, "market")}`;
    return [state, ...notes].join("; ");
  };

  return {
    stats,
    status,
    setMarkets(tickers) {
      replace(wanted.markets, tickers);
      session?.sync();
    },
    setIndices(indexIds) {
      replace(wanted.indices, indexIds);
      session?.sync();
    },
    resync(ticker, reason) {
      session?.resync(ticker, reason);
    },
    async run(handlers, signal) {
      line = `connecting to ${hostOf(url)}`;
      await keepConnected(
        {
          ...options,
          silenceMs: SILENCE_MS,
          maxBytes: FRAME_BYTES_MAX,
          headers,
          open: (socket) => {
            notes.clear();
            handlers.connected();
            session = new KalshiSession(socket, {
              clock,
              stats,
              drift,
              handlers,
              wanted,
              note: (text) => notes.add(text),
            });
            return session;
          },
          ended: (end) => {
            session = null;
            refuse(end, url, options.signer !== null);
          },
          waiting: (delayMs, end) => {
            const seconds = (delayMs / 1000).toFixed(1);
            line = `not connected (${end.error}), next try in ${seconds} s`;
          },
        },
        signal,
      );
      session = null;
      line = "stopped";
    },
  };
}

/** Throws for a handshake that will be refused the next time too. */
function refuse(end: ConnectionEnd, url: string, signed: boolean): void {
  const { status } = end;
  if (status === undefined) return;
  if (status === 401 || status === 403) {
    throw new KbtError({
      kind: "auth",
      code: "SOCKET_UNAUTHORIZED",
      message: `${hostOf(url)} refused the socket with status ${status}`,
      hint: signed
        ? "the key may be revoked, of the other environment (KALSHI_ENV), or this clock more than 10 s off"
        : "the exchange's socket needs a key: set KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH, or try --sim",
      details: { status },
    });
  }
  if (status >= 300 && status < 400) {
    throw new KbtError({
      kind: "protocol",
      code: "REDIRECT_REFUSED",
      message: `${hostOf(url)} redirects the socket (status ${status}); a signature is never sent to another host`,
      details: { status },
    });
  }
}

function replace(set: Set<string>, values: Iterable<string>): void {
  const fresh = [...values];
  set.clear();
  for (const value of fresh) set.add(value);
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}
