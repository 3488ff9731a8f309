import { linkSignals } from "../../adapters/platform/linked-signal.ts";
import { networkError } from "../../adapters/platform/network-error.ts";
import { isRefusal, type LocalExchange } from "../../exchange/exchange.ts";
import type { Connection, HttpWire, Refusal } from "../../exchange/server/types.ts";
import { spotVenueOf } from "../../exchange/spot/registry.ts";
import type {
  Clock,
  HttpClient,
  HttpRequest,
  HttpResponse,
  OpenSocket,
  SocketHandlers,
} from "../../ports.ts";

// The wires of `--sim-speed max`: the same frames and parsers, without the sockets. A frame that the exchange sends while
// its time moves reaches the client at that very time; an answer to a command arrives a microtask later, as it would
// never arrive inside `send()` over a network. What only a network can do becomes the nearest thing: a reset is an error
// of the same code, an answer that never comes a timeout.

const REFUSED = { code: "ECONNREFUSED", message: "connect ECONNREFUSED" };
const RESET = { code: "ECONNRESET", message: "read ECONNRESET" };
const NO_ANSWER = { code: "ETIMEDOUT", message: "answer took too long" };
const NO_ANSWER_MS = 5000;

/** Requests answered in memory. */
export function createLockstepHttp(exchange: LocalExchange, clock: Clock): HttpClient {
  return {
    request: (request, signal) =>
      new Promise((resolve, reject) => {
        const fail = (cause: object): void => reject(networkError(request.url, cause));
        if (exchange.faults.listener !== "up") {
          fail(REFUSED);
          return;
        }
        const patience = new AbortController();
        exchange.serveHttp(requestOf(request), wireOf(patience, { resolve, fail }));
        if (patience.signal.aborted) return;
        const either = linkSignals(signal, patience.signal);
        clock
          .sleep(NO_ANSWER_MS, either.signal)
          .then(() => fail(NO_ANSWER))
          .catch(reject)
          .finally(() => either.unlink());
      }),
  };
}

function requestOf({ method, url, headers, body = "" }: HttpRequest) {
  const { pathname, search } = new URL(url);
  return { method, path: pathname + search, headers, body };
}

interface Outcome {
  readonly resolve: (answer: HttpResponse) => void;
  readonly fail: (cause: object) => void;
}

/** Ends the patience with an answer, or the lack of one; whatever comes first counts. */
function wireOf(patience: AbortController, { resolve, fail }: Outcome): HttpWire {
  let answer: HttpResponse = { status: 0, headers: {}, body: "" };
  let body = "";
  return {
    head: (response) => {
      answer = response;
    },
    part: (text) => {
      body += text;
    },
    end: () => {
      resolve({ ...answer, body });
      patience.abort();
    },
    reset: () => {
      fail(RESET);
      patience.abort();
    },
  };
}

/** Sockets in memory; the path says whose they are, as on the real listener. */
export function createLockstepSocket(exchange: LocalExchange): OpenSocket {
  return (url, headers, handlers) => {
    const { pathname, search } = new URL(url);
    const kind = spotVenueOf(pathname) ?? "kalshi";
    const waiting: string[] = [];
    let inCommand = false;
    let open = true;

    const close = (
      code: number,
      reason: string,
      why: { status?: number; error?: string },
    ): void => {
      if (!open) return;
      open = false;
      queueMicrotask(() => handlers.onClose({ code, reason, ...why }));
    };
    const deliver = (text: string): void => {
      if (open) handlers.onMessage(text, exchange.world.nowMs());
    };
    const drain = (): void => {
      for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) deliver(text);
    };
    const nobody = { send: () => {}, close: () => {} };
    if (exchange.faults.listener !== "up") {
      close(1006, "", { error: REFUSED.message });
      return nobody;
    }
    const answer = exchange.connect(
      kind,
      { path: pathname + search, headers },
      {
        send(text) {
          if (!inCommand && waiting.length === 0) deliver(text);
          else if (waiting.push(text) === 1) queueMicrotask(drain);
        },
        close(code, reason) {
          // What was said before the end arrives before it.
          if (waiting.length === 0) close(code, reason, {});
          else queueMicrotask(() => close(code, reason, {}));
        },
        buffered: () => 0,
        ping: () => {
          if (open) pinged(handlers, answer);
        },
      },
    );
    if (isRefusal(answer)) {
      close(1006, "", { status: answer.status });
      return nobody;
    }
    queueMicrotask(() => {
      if (open) handlers.onOpen();
    });
    return {
      send(text) {
        if (!open) return;
        inCommand = true;
        try {
          answer.receive(text);
        } finally {
          inCommand = false;
        }
      },
      close() {
        answer.closed();
        close(1000, "", {});
      },
    };
  };
}

/** A real client's library answers a ping by itself, and a venue that waits for the answer hangs up without it. */
function pinged(handlers: SocketHandlers, connection: Connection | Refusal): void {
  handlers.onPing?.();
  queueMicrotask(() => {
    if (!isRefusal(connection)) connection.control?.("pong");
  });
}
