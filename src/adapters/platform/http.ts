import type { Dispatcher } from "undici";
import { KbtError } from "../../core/errors.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../../ports.ts";
import { bodyText } from "./body-text.ts";
import { linkSignals } from "./linked-signal.ts";
import { networkError } from "./network-error.ts";

export interface HttpLimits {
  readonly connectMs: number;
  readonly headersMs: number;
  readonly bodyMs: number;
  readonly bodyBytes: number;
}

const LIMITS: HttpLimits = {
  connectMs: 2000,
  headersMs: 5000,
  bodyMs: 5000,
  bodyBytes: 8 * 1024 * 1024,
};

/**
 * HTTP over undici. `undici.request` follows no redirect, which matters: fetch re-sends the signature headers to
 * whatever host a 307 names (reliability.md F18). It is loaded at the first request, so commands that never talk to the
 * network do not pay for it.
 */
export function createHttpClient(limits: HttpLimits = LIMITS): HttpClient {
  let loading: Promise<Send> | null = null;
  return {
    async request(request, signal) {
      loading ??= load(limits);
      const send = await loading;
      try {
        return await exchange(request, { send, limits, signal });
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw error instanceof KbtError ? error : networkError(request.url, error);
      }
    },
  };
}

type Send = (request: HttpRequest, signal: AbortSignal) => Promise<Dispatcher.ResponseData>;

async function load(limits: HttpLimits): Promise<Send> {
  const { Agent, request: send } = await import("./undici.ts");
  const dispatcher = new Agent({
    connect: { timeout: limits.connectMs },
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.bodyMs,
  });
  return (request, signal) =>
    send(request.url, {
      method: request.method,
      headers: { ...request.headers },
      body: request.body ?? null,
      signal,
      dispatcher,
    });
}

interface Way {
  readonly send: Send;
  readonly limits: HttpLimits;
  readonly signal: AbortSignal;
}

async function exchange(request: HttpRequest, way: Way): Promise<HttpResponse> {
  const { limits } = way;
  // undici's own deadlines are coarse and, for the body, count from chunk to chunk: a server that drips would hold the
  // caller for ever. This one bounds the whole exchange stage by stage.
  const deadline = new AbortController();
  const expire = (stage: string) => (): void =>
    deadline.abort(
      networkError(request.url, { code: "ETIMEDOUT", message: `${stage} took too long` }),
    );
  let timer = setTimeout(expire("answer"), limits.connectMs + limits.headersMs);
  const either = linkSignals(way.signal, deadline.signal);
  try {
    const response = await way.send(request, either.signal);
    clearTimeout(timer);
    timer = setTimeout(expire("body"), limits.bodyMs);
    const limit = Math.min(limits.bodyBytes, request.maxBytes ?? limits.bodyBytes);
    const bytes = await read(response, request.url, limit);
    const headers = flatten(response.headers);
    return { status: response.statusCode, headers, body: bodyText(bytes, headers) };
  } catch (error) {
    if (deadline.signal.aborted && !way.signal.aborted) throw deadline.signal.reason;
    throw error;
  } finally {
    clearTimeout(timer);
    either.unlink();
  }
}

async function read(
  response: Dispatcher.ResponseData,
  url: string,
  limit: number,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    const bytes: unknown = chunk;
    if (!Buffer.isBuffer(bytes)) continue;
    size += bytes.length;
    if (size > limit) {
      response.body.destroy();
      throw networkError(url, { code: "TOO_LARGE", message: `answer exceeds ${limit} bytes` });
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function flatten(headers: Dispatcher.ResponseData["headers"]): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}
