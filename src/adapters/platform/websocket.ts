import { type ClientOptions, type RawData, WebSocket } from "ws";
import type { Clock, OpenSocket } from "../../ports.ts";

const OPTIONS: ClientOptions = {
  // ws offers compression by default and a compressed frame costs 87 µs instead of 0.9 µs (performance.md R1).
  perMessageDeflate: false,
  skipUTF8Validation: true,
  // A redirect would carry the signature headers to another host (reliability.md F18).
  followRedirects: false,
  handshakeTimeout: 5000,
};

/** Coinbase sends the whole book of a product in one frame (spot-feeds.md §0). */
const FRAME_BYTES_MAX = 64 * 1024 * 1024;

// A peer that does not answer the close frame is cut off: on a half-open connection it never would.
const CLOSE_MS = 1000;

/** Opens WebSockets over the network. Load this file lazily: it brings in ws. */
export function createOpenSocket(clock: Clock): OpenSocket {
  return (url, headers, handlers) => {
    const { maxBytes: maxPayload = FRAME_BYTES_MAX } = handlers;
    const socket = new WebSocket(url, { ...OPTIONS, maxPayload, headers: { ...headers } });
    let status: number | undefined;
    let error: string | undefined;
    socket.on("open", () => handlers.onOpen());
    socket.on("message", (data) => {
      const recvMs = clock.nowMs();
      if (Buffer.isBuffer(data) && handlers.onBytes?.(data, recvMs) === true) return;
      handlers.onMessage(textOf(data), recvMs);
    });
    socket.on("ping", () => handlers.onPing?.());
    socket.on("unexpected-response", (_request, response) => {
      status = response.statusCode;
      socket.terminate();
    });
    socket.on("error", (cause) => {
      error ??= status === undefined ? messageOf(cause) : `HTTP status ${status}`;
    });
    socket.on("close", (code, reason) => {
      handlers.onClose({
        code,
        reason: reason.toString(),
        ...(status === undefined ? {} : { status }),
        ...(error === undefined ? {} : { error }),
      });
    });
    return {
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close: () => {
        socket.close();
        setTimeout(() => socket.terminate(), CLOSE_MS).unref();
      },
    };
  };
}

/** A binary frame is read as text too; what it holds is then refused by the decoder, by name. */
function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString("utf8");
  return Array.isArray(data)
    ? Buffer.concat(data).toString("utf8")
    : Buffer.from(data).toString("utf8");
}

function messageOf(cause: Error): string {
  if (cause.message !== "") return cause.message;
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
}
