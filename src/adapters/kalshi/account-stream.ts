import { KbtError } from "../../core/errors.ts";
import type { SeenFill, SeenOrder } from "../../core/live/seen.ts";
import type { Rng } from "../../core/rng.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock, OpenSocket, Socket } from "../../ports.ts";
import { keepConnected, type Session } from "../platform/connection.ts";
import { hostOf } from "../platform/network-error.ts";
import type { Signer } from "./auth.ts";
import { isRecord, textAt } from "./json.ts";
import { readFill, readOrder } from "./order-shapes.ts";
import { FRAME_BYTES_MAX } from "./wire.ts";

export interface AccountStreamOptions {
  /** Whole address, `wss://…/trade-api/ws/v2`. */
  readonly url: string;
  readonly openSocket: OpenSocket;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly rng: Rng;
}

interface AccountHandlers {
  order(seen: SeenOrder): void;
  fill(fill: SeenFill): void;
  /** Messages may have been lost: a connection was made or ended, or a message could not be read. */
  missed(): void;
}

/** The account's own channels. They carry no numbers, so what is lost leaves no hole: the lists are the second witness. */
export interface AccountStream {
  /** Every channel is acknowledged on a connection that is alive. */
  readonly isHeard: boolean;
  /** Messages that were no order and no fill as this version knows them. */
  readonly unreadable: number;
  run(handlers: AccountHandlers, signal: AbortSignal): Promise<void>;
}

const CHANNELS = ["fill", "user_orders"] as const;
/** The server pings every 10 s (reliability.md W2). */
const SILENCE_MS = 15_000;
const ACK_MS = 5_000;
/** Refusals one after the other after which it is no passing trouble (reliability.md W11). */
const REFUSALS_MAX = 5;

export function createAccountStream(options: AccountStreamOptions): AccountStream {
  const state = { heard: new Set<string>(), unreadable: 0 };
  return {
    get isHeard() {
      return state.heard.size === CHANNELS.length;
    },
    get unreadable() {
      return state.unreadable;
    },
    run: (handlers, signal) =>
      keepConnected(
        {
          ...options,
          silenceMs: SILENCE_MS,
          maxBytes: FRAME_BYTES_MAX,
          headers: () => options.signer.sign(options.clock.nowMs(), "GET", options.url),
          open: (socket) => openSession({ socket, handlers, state, clock: options.clock }),
          ended: ({ status }, failures) => {
            state.heard.clear();
            handlers.missed();
            const isRefusal = status === 401 || status === 403;
            if (isRefusal && failures >= REFUSALS_MAX) throw refused(options.url, status);
          },
          waiting: () => {},
        },
        signal,
      ),
  };
}

interface SessionParts {
  readonly socket: Socket;
  readonly handlers: AccountHandlers;
  readonly state: { readonly heard: Set<string>; unreadable: number };
  readonly clock: Clock;
}

function openSession({ clock, handlers, socket, state }: SessionParts): Session {
  const sinceMs: Ms = clock.monoMs();
  let problem: string | null = null;
  state.heard.clear();
  // One command per channel, so that a refusal says whose it is.
  for (const [at, channel] of CHANNELS.entries()) {
    socket.send(JSON.stringify({ id: at + 1, cmd: "subscribe", params: { channels: [channel] } }));
  }
  return {
    message(text) {
      const heardBefore = state.heard.size;
      const outcome = take(text, handlers, state.heard);
      if (outcome === "failed") problem ??= "refused";
      if (outcome === "unreadable") {
        state.unreadable++;
        handlers.missed();
      }
      // Whatever happened before the acknowledgement was not told.
      if (state.heard.size > heardBefore) handlers.missed();
    },
    check() {
      const isLate = state.heard.size < CHANNELS.length && clock.monoMs() - sinceMs > ACK_MS;
      return problem ?? (isLate ? "stall" : null);
    },
    ended() {
      state.heard.clear();
    },
  };
}

function take(
  text: string,
  handlers: AccountHandlers,
  heard: Set<string>,
): "taken" | "unreadable" | "failed" {
  const frame = frameOf(text);
  if (frame === null) return "unreadable";
  const { msg, type } = frame;
  if (type === "fill") {
    const fill = readFill(msg);
    if (fill === undefined) return "unreadable";
    handlers.fill(fill);
  } else if (type === "user_order" || type === "user_orders") {
    const order = readOrder(msg);
    if (order === undefined) return "unreadable";
    handlers.order(order);
  } else if (type === "subscribed" && isRecord(msg)) heard.add(textAt(msg, "channel") ?? "");
  else if (type === "ok") return "taken";
  else if (type === "error") return "failed";
  return "taken";
}

function frameOf(text: string): { readonly type: string; readonly msg: unknown } | null {
  try {
    const frame: unknown = JSON.parse(text);
    const type = isRecord(frame) ? textAt(frame, "type") : undefined;
    return isRecord(frame) && type !== undefined ? { type, msg: frame["msg"] } : null;
  } catch {
    return null;
  }
}

function refused(url: string, status: number): KbtError {
  return new KbtError({
    kind: "auth",
    code: "SOCKET_UNAUTHORIZED",
    message: `${hostOf(url)} refused the account's socket ${REFUSALS_MAX} times with status ${status}`,
    hint: "the key may be revoked, of the other environment (KALSHI_ENV), or this clock more than 10 s off",
  });
}
