import { KbtError } from "../../../core/errors.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock, FeedStats, HttpClient, HttpResponse } from "../../../ports.ts";
import { countFrame } from "../../platform/feed-stats.ts";
import { parseHttpDate } from "../../platform/rfc3339.ts";

// One question to a slow source: conditional where the source allows it, with redirects inside its own host followed, and
// every way of failing told apart by what to do about it.

interface Question {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nothing is asked while the last answer is fresh by its `Cache-Control: max-age` (api.weather.gov wants that). */
  readonly honoursMaxAge?: boolean;
}

interface Body {
  readonly kind: "body";
  readonly text: string;
  readonly recvMs: Ms;
  /** The answer was understood: from now on only a newer one is asked for. */
  keep(): void;
}

interface Unchanged {
  readonly kind: "unchanged";
}

export interface Failure {
  readonly kind: "failed";
  /** Our own words, for the status: never text of the other end, which may quote a key. */
  readonly why: string;
  /** Zero when no answer came. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The other end asks for this much patience; null when it does not say. */
  readonly retryMs: Ms | null;
  /** What was answered, for sources that explain themselves. */
  readonly text: string;
}

/** Repeating would not help: a wrong key, a missing right, a question that is no question. */
interface Refusal {
  readonly kind: "refused";
  readonly why: string;
}

type Answer = Body | Unchanged | Failure | Refusal;

export type Ask = (question: Question, signal: AbortSignal) => Promise<Answer>;

/** A feed document of a million headlines is an error or an attack. */
const BODY_BYTES_MAX = 2 * 1024 * 1024;
const REDIRECTS_MAX = 3;
const REMEMBERED_URLS = 64;
const PATIENCE_MS_MAX = 3_600_000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307, 308]);
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 410, 426, 451]);

interface Links {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly stats: FeedStats;
  readonly userAgent: string;
}

/** What is known of the last answer that was understood. */
interface Known {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly freshUntilMs: Ms;
}

/** A way to ask the addresses of one source. Counts every answer as a frame. */
export function createAsk(links: Links): Ask {
  const { clock } = links;
  const known = new Map<string, Known>();
  const remember = (url: string, response: HttpResponse, recvMs: Ms): void => {
    const { etag, "last-modified": lastModified } = response.headers;
    known.delete(url);
    known.set(url, { etag, lastModified, freshUntilMs: recvMs + maxAgeMs(response) });
    const [oldest] = known.keys();
    if (known.size > REMEMBERED_URLS && oldest !== undefined) known.delete(oldest);
  };
  return async (question, signal) => {
    const { url } = question;
    const last = known.get(url);
    const isFresh = last !== undefined && clock.nowMs() < last.freshUntilMs;
    if (question.honoursMaxAge === true && isFresh) return { kind: "unchanged" };
    const response = await exchange(links, question, { last, signal });
    if ("kind" in response) {
      known.clear();
      return response;
    }
    const recvMs = clock.nowMs();
    if (response.status === 200) {
      const keep = (): void => remember(url, response, recvMs);
      return { kind: "body", text: response.body, recvMs, keep };
    }
    links.stats.control++;
    if (response.status !== 304 || last === undefined) {
      // After a failure everything is asked for in full, so that what still holds is said again.
      known.clear();
      return problemOf(response, recvMs);
    }
    // A 304 may leave the validators out; they are still the ones that were asked with.
    known.set(url, { ...last, freshUntilMs: recvMs + maxAgeMs(response) });
    return { kind: "unchanged" };
  };
}

/** The answer after redirects, or what went wrong on the way to it. */
async function exchange(
  links: Links,
  question: Question,
  how: { readonly last: Known | undefined; readonly signal: AbortSignal },
): Promise<HttpResponse | Failure | Refusal> {
  const { clock, http, stats, userAgent } = links;
  const headers = { "user-agent": userAgent, ...validators(how.last), ...question.headers };
  let { url } = question;
  for (let hops = 0; ; hops++) {
    let response: HttpResponse;
    try {
      const request = { method: "GET", url, headers, maxBytes: BODY_BYTES_MAX } as const;
      response = await http.request(request, how.signal);
    } catch (error) {
      if (how.signal.aborted || !(error instanceof KbtError) || error.kind !== "network")
        throw error;
      return failure(`no answer, ${error.code}`, 0, { headers: {}, body: "" });
    }
    countFrame(stats, clock.nowMs());
    if (!REDIRECTS.has(response.status)) return response;
    stats.control++;
    const target = redirectOf(url, response);
    // Keys go along with a question, so they go to the host that they were meant for and to no other (I37).
    if (target === null) return failure("redirects to another host", response.status, response);
    if (hops >= REDIRECTS_MAX) return failure("redirects in a circle", response.status, response);
    url = target;
  }
}

function validators(last: Known | undefined): Record<string, string> {
  return {
    ...(last?.etag === undefined ? {} : { "if-none-match": last.etag }),
    ...(last?.lastModified === undefined ? {} : { "if-modified-since": last.lastModified }),
  };
}

function redirectOf(from: string, { headers }: HttpResponse): string | null {
  const location = headers["location"];
  if (location === undefined || !URL.canParse(location, from)) return null;
  const target = new URL(location, from);
  return target.origin === new URL(from).origin ? target.href : null;
}

function problemOf(response: HttpResponse, nowMs: Ms): Failure | Refusal {
  const { headers, status } = response;
  if (REFUSALS.has(status)) return { kind: "refused", why: String(status) };
  const retryAfter = headers["retry-after"];
  const retryMs = retryAfter === undefined ? null : patienceOf(retryAfter, nowMs);
  return { ...failure(String(status), status, response), retryMs };
}

function failure(
  why: string,
  status: number,
  { headers, body }: Pick<HttpResponse, "headers" | "body">,
): Failure {
  return { kind: "failed", why, status, headers, retryMs: null, text: body };
}

/** `Retry-After` in milliseconds, seconds or a date, from 0 to one hour; null when it is neither. */
function patienceOf(text: string, nowMs: Ms): Ms | null {
  const isSeconds = /^\d{1,9}(?:\.\d{1,9})?$/.test(text);
  const ms = isSeconds ? Number(text) * 1000 : (parseHttpDate(text) ?? Number.NaN) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(PATIENCE_MS_MAX, Math.max(0, Math.ceil(ms)));
}

/** How long an answer stays fresh: at most an hour, whatever it says. */
function maxAgeMs({ headers }: Pick<HttpResponse, "headers">): Ms {
  const age = Number(/^\d{1,9}$/.exec(headers["age"] ?? "")?.[0] ?? 0);
  const [, seconds] = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(headers["cache-control"] ?? "") ?? [];
  if (seconds === undefined) return 0;
  return Math.min(PATIENCE_MS_MAX, Math.max(0, (Number(seconds) - age) * 1000));
}
