import { isRefusal, type LocalExchange } from "../../exchange/exchange.ts";
import type { HttpClient, OpenSocket } from "../../ports.ts";

// The wires of `--sim-speed max`: the same frames and parsers, without the sockets. A frame that the exchange sends while
// its time moves reaches the client at that very time; an answer to a command arrives a microtask later, as it would
// never arrive inside `send()` over a network.

/** Requests answered in memory. */
export function createLockstepHttp(exchange: LocalExchange): HttpClient {
  return {
    request(request) {
      const { pathname, search } = new URL(request.url);
      return Promise.resolve(
        exchange.handleHttp({
          method: request.method,
          path: pathname + search,
          headers: request.headers,
          body: request.body ?? "",
        }),
      );
    },
  };
}

/** Sockets in memory; `coinbase` in the host name selects that server. */
export function createLockstepSocket(exchange: LocalExchange): OpenSocket {
  return (url, headers, handlers) => {
    const kind = new URL(url).hostname.startsWith("coinbase") ? "coinbase" : "kalshi";
    const { pathname, search } = new URL(url);
    const waiting: string[] = [];
    let inCommand = false;
    let open = true;

    const close = (code: number, reason: string, status?: number): void => {
      if (!open) return;
      open = false;
      queueMicrotask(() =>
        handlers.onClose({ code, reason, ...(status === undefined ? {} : { status }) }),
      );
    };
    const deliver = (text: string): void => {
      if (open) handlers.onMessage(text, exchange.world.nowMs());
    };
    const drain = (): void => {
      for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) deliver(text);
    };
    const answer = exchange.connect(
      kind,
      { path: pathname + search, headers },
      {
        send(text) {
          if (!inCommand && waiting.length === 0) deliver(text);
          else if (waiting.push(text) === 1) queueMicrotask(drain);
        },
        close,
        buffered: () => 0,
        ping: () => {
          if (open) handlers.onPing?.();
        },
      },
    );
    if (isRefusal(answer)) {
      close(1006, "", answer.status);
      return { send: () => {}, close: () => {} };
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
        close(1000, "");
      },
    };
  };
}
