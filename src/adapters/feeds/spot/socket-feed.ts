import type { FeedGap, SpotDepth, SpotTick } from "../../../core/events.ts";
import type { Rng } from "../../../core/rng.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock, Feed, FeedStats, OpenSocket, Sink, Socket } from "../../../ports.ts";
import { type ConnectionEnd, keepConnected, type Session } from "../../platform/connection.ts";
import { DriftWatch } from "../../platform/drift.ts";
import {
  countFrame,
  countRejected,
  countUnknown,
  createFeedStats,
} from "../../platform/feed-stats.ts";
import { assertFirstConnection } from "../../platform/first-connection.ts";
import { hostOf } from "../../platform/network-error.ts";
import type { Shape } from "../../platform/shape.ts";

// What venues with one public socket and a heartbeat of the client's own have in common.

const SILENCE_MS = 5000;
/** A venue that said nothing for this long is asked whether it is there, so that a quiet market is not a dead one. */
const QUIET_MS = 2000;
const HEARTBEAT_MS = 10_000;

export interface SocketFeedOptions {
  /** Source of its rows. */
  readonly name: string;
  readonly url: string;
  readonly products: readonly string[];
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly rng: Rng;
  /** What each known message type must look like. */
  readonly shapes: Readonly<Record<string, Shape>>;
  /** Something that the venue answers. */
  heartbeat(): string;
  /** A connection is open: subscribes and returns what reads the answers. */
  begin(line: SocketLine): SocketSession;
}

/** What a venue makes of one connection; `check` is asked once a second. */
export interface SocketSession extends Session {
  /** For people, empty when all is well. */
  problem(): string;
}

/** A feed over one socket that keeps itself connected, asks for signs of life and counts what passes. */
export function createSocketFeed(options: SocketFeedOptions): Feed {
  const { clock, name, products, url } = options;
  const stats = createFeedStats();
  const drift = new DriftWatch(name, options.shapes);
  let session: SocketSession | null = null;
  let line = "not started";

  const open = (socket: Socket, leave: SocketLine["leave"], sink: Sink): Session => {
    stats.connects++;
    const current = new SocketLine({ name, socket, leave, sink, stats, drift, clock });
    const begun = options.begin(current);
    session = begun;
    return {
      message: (text, recvMs) => {
        current.heard(recvMs);
        begun.message(text, recvMs);
      },
      check: () => {
        if (current.isHeartbeatDue()) current.send(options.heartbeat());
        return begun.check();
      },
      ended: (reason) => begun.ended(reason),
    };
  };

  const ended = (end: ConnectionEnd, failures: number): void => {
    session = null;
    assertFirstConnection(url, stats, failures, end);
  };

  const connected = (problem: string): string =>
    [`connected, ${products.join(" ")}`, problem].filter((part) => part !== "").join("; ");

  return {
    name,
    stats,
    status: () => (session === null ? line : connected(session.problem())),
    async run(sink, signal) {
      line = `connecting to ${hostOf(url)}`;
      await keepConnected(
        {
          ...options,
          silenceMs: SILENCE_MS,
          headers: () => ({}),
          open: (socket, leave) => open(socket, leave, sink),
          ended,
          waiting: (delayMs, end) => {
            line = `not connected (${end.error}), next try in ${(delayMs / 1000).toFixed(1)} s`;
          },
        },
        signal,
      );
      session = null;
      line = "stopped";
    },
  };
}

interface LineParts {
  readonly name: string;
  readonly socket: Socket;
  readonly leave: (reason: string) => void;
  readonly sink: Sink;
  readonly stats: FeedStats;
  readonly drift: DriftWatch;
  readonly clock: Clock;
}

/** One connection as a venue's session uses it; whatever goes through is counted. */
export class SocketLine {
  readonly openedMs: Ms;
  readonly #parts: LineParts;
  #heardMs: Ms;
  #askedMs: Ms;
  #lastMs: Ms | null = null;

  constructor(parts: LineParts) {
    this.#parts = parts;
    this.openedMs = parts.clock.monoMs();
    this.#heardMs = this.openedMs;
    this.#askedMs = this.openedMs;
  }

  /** Milliseconds since the connection was opened. */
  get ageMs(): Ms {
    return this.#parts.clock.monoMs() - this.openedMs;
  }

  /** Gives the connection up at once; the next try follows. */
  leave(reason: string): void {
    this.#parts.leave(reason);
  }

  send(text: string): void {
    this.#parts.socket.send(text);
  }

  heard(recvMs: Ms): void {
    this.#heardMs = this.#parts.clock.monoMs();
    this.#lastMs = recvMs;
    countFrame(this.#parts.stats, recvMs);
  }

  isHeartbeatDue(): boolean {
    const nowMs = this.#parts.clock.monoMs();
    const waitMs = nowMs - this.#heardMs >= QUIET_MS ? QUIET_MS : HEARTBEAT_MS;
    if (nowMs - this.#askedMs < waitMs) return false;
    this.#askedMs = nowMs;
    return true;
  }

  control(): void {
    this.#parts.stats.control++;
  }

  emit(event: SpotTick | SpotDepth): void {
    const { sink, stats } = this.#parts;
    stats.received++;
    stats.emitted++;
    sink(event);
  }

  reject(reason: string): void {
    countRejected(this.#parts.stats, reason);
  }

  unknown(type: string): void {
    countUnknown(this.#parts.stats, type);
  }

  /** A message of a known type was read. */
  accepted(type: string): void {
    this.#parts.drift.accepted(type);
  }

  /** A message of a known type could not be read: kept where its shape is a new one. */
  refused(message: { readonly type: string; readonly text: string }, reason: string, recvMs: Ms) {
    const { drift, sink } = this.#parts;
    this.reject(reason);
    const drifted = drift.refused(message.type, message.text, recvMs);
    if (drifted !== null) sink(drifted);
  }

  /** The connection is gone: what follows is missing until data flows again, and these books until their next snapshot. */
  lost(reason: string, tickers: readonly string[]): void {
    const nowMs = this.#parts.clock.nowMs();
    this.gap({ reason, tickers, fromSeq: null, toSeq: null, fromMs: this.#lastMs }, nowMs);
  }

  gap(
    hole: Pick<FeedGap, "reason" | "tickers" | "fromSeq" | "toSeq" | "fromMs">,
    recvMs: Ms,
  ): void {
    const { name, sink, stats } = this.#parts;
    stats.gaps++;
    sink({ type: "gap", source: name, ...hole, sid: null, toMs: recvMs, recvMs });
  }
}
