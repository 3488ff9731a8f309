import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { KbtError } from "../../core/errors.ts";

interface Page {
  readonly type: string;
  readonly text: string;
}

export interface PageServer {
  /** Idempotent. */
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const CONNECTIONS_MAX = 8;
const TIMEOUT_MS = 5_000;
/** A page of another site that has made its name point to this machine sends that name (DNS rebinding). */
const OWN_HOSTS = /^(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/i;

/** Serves a few pages to this machine, each made when somebody asks. Rejects with a `config` error when the port is not free. */
export async function servePages(
  port: number,
  pages: ReadonlyMap<string, () => Page>,
): Promise<PageServer> {
  const server = createServer(
    { requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS },
    (request, response) => answer(request, response, pages),
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.keepAliveTimeout = TIMEOUT_MS;
  await listening(server, port);
  // The run ends by its own reasons, never later because somebody still reads.
  server.unref();
  let closing: Promise<void> | null = null;
  return {
    close() {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closing;
    },
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(portError(port, error)));
    server.listen(port, HOST, () => resolve());
  });
}

function portError(port: number, error: NodeJS.ErrnoException): KbtError {
  const isTaken = error.code === "EADDRINUSE";
  return new KbtError({
    kind: "config",
    code: isTaken ? "PORT_IN_USE" : "PORT_REFUSED",
    message: isTaken
      ? `port ${port} of ${HOST} is in use by another program`
      : `port ${port} of ${HOST} cannot be opened: ${error.code ?? error.message}`,
    hint: "choose another with --metrics-port; every run needs its own",
  });
}

function answer(
  { headers, method, url = "" }: IncomingMessage,
  response: ServerResponse,
  pages: ReadonlyMap<string, () => Page>,
): void {
  const send = (status: number, { text, type }: Page, more: Record<string, string> = {}): void => {
    response.writeHead(status, {
      "content-type": type,
      "content-length": Buffer.byteLength(text),
      "cache-control": "no-store",
      ...more,
    });
    response.end(method === "HEAD" ? undefined : text);
  };
  const say = (status: number, words: string, more?: Record<string, string>): void =>
    send(status, { type: "text/plain; charset=utf-8", text: `${words}\n` }, more);
  if (!OWN_HOSTS.test(headers.host ?? "")) return say(403, "only for this machine");
  if (method !== "GET" && method !== "HEAD") return say(405, "read only", { allow: "GET, HEAD" });
  const page = pages.get(url.split("?", 1)[0] ?? "");
  if (page === undefined) return say(404, `here are ${[...pages.keys()].join(" and ")}`);
  let made: Page;
  try {
    made = page();
  } catch {
    // Whoever reads must not be able to end what is read, and what went wrong may name more than a page may show.
    return say(500, "this page cannot be made now");
  }
  return send(200, made);
}
