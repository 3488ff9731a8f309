import type { Refusal } from "../server/types.ts";
import type { Happening } from "../world.ts";
import type { Link } from "./link.ts";

export type SpotVenueName = "coinbase" | "kraken" | "binance" | "bitstamp" | "gemini";

/** One client's connection as a venue sees it. */
export interface SpotSession {
  receive(text: string): void;
  /** A control frame arrived; venues that count or await them say so. */
  control?(kind: "ping" | "pong"): void;
  /** The client is gone: nothing is sent after this. */
  closed(): void;
}

export interface SpotRequest {
  readonly method: string;
  /** Without query; begins with the venue's prefix. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The venue's own clock, which a fault may have put wrong. */
  readonly nowMs: number;
}

export interface SpotReply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FailureDetails {
  readonly retryAfterS?: number | undefined;
  readonly message?: string | undefined;
}

/** One venue's servers, WebSocket and REST. */
export interface SpotServer {
  /** `path` is that of the upgrade request, query included. */
  connect(link: Link, path: string): SpotSession | Refusal;
  handleHttp(request: SpotRequest): SpotReply;
  /** What happened in the world: Coinbase is part of it. */
  publish?(happening: Happening): void;
  /** The venue's own words for a request or an upgrade that failed. */
  errorBody(status: number, details?: FailureDetails): string;
  /** Announces a planned restart to every connection, which is closed some seconds later. */
  announceRestart?(): void;
  /** The operating state changed. */
  statusChanged?(): void;
}
