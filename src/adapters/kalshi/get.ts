import { mulberry32 } from "../../core/rng.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock, HttpClient } from "../../ports.ts";
import { createLimiter } from "../platform/limiter.ts";
import { parseHttpDate } from "../platform/rfc3339.ts";
import type { Signer } from "./auth.ts";
import { errorOfResponse } from "./errors.ts";
import { parseJson } from "./rest-body.ts";

export interface KalshiRestOptions {
  /** Up to and including `/trade-api/v2`. */
  readonly baseUrl: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Without one only public endpoints answer, on a tight budget per address. */
  readonly signer: Signer | null;
}

/** A list is sent as the same name several times. */
type Params = Readonly<Record<string, string | number | readonly string[] | undefined>>;
export type Get = (path: string, params: Params, signal: AbortSignal) => Promise<unknown>;

/**
 * Read tokens per second: the basic tier's (kalshi.md §6), which every account has at least. What the exchange allows an
 * address that calls without a key is not published; half of that is assumed, as the local exchange does.
 */
const READ_TOKENS_PER_S = { signed: 200, unsigned: 100 } as const;
/** Tokens of a request that is not listed otherwise (kalshi.md §6); none of those used here is. */
const READ_COST = 10;

/** Reads JSON within the budget. A refusal for want of budget is an error like any other; nothing is retried here. */
export function createGet(options: KalshiRestOptions): {
  readonly get: Get;
  /** Exchange clock minus ours by the newest answer's `Date`, which has whole seconds only; null before any answer. */
  readonly clockOffsetMs: () => Ms | null;
  /** Tokens left to read with; below zero while calls wait. */
  readonly readTokens: () => number;
} {
  const { baseUrl, clock, http, signer } = options;
  let offsetMs: Ms | null = null;
  const tokensPerSecond = signer === null ? READ_TOKENS_PER_S.unsigned : READ_TOKENS_PER_S.signed;
  const limiter = createLimiter({ clock, rng: mulberry32(3), name: "Kalshi", tokensPerSecond });
  const get: Get = async (path, params, signal) => {
    const url = `${baseUrl}${path}${queryText(params)}`;
    // Before signing: a signature made before a long wait would be too old.
    await limiter.take(READ_COST, signal);
    // Signed even where a key is not needed: unsigned calls share a tight budget per address (kalshi.md §1.2).
    const headers = signer?.sign(clock.nowMs(), "GET", url) ?? {};
    const response = await http.request(
      { method: "GET", url, headers: { accept: "application/json", ...headers } },
      signal,
    );
    const date = parseHttpDate(response.headers["date"] ?? "");
    if (date !== undefined) offsetMs = date - clock.nowMs();
    if (response.status === 429) limiter.refused();
    else limiter.accepted();
    if (response.status !== 200) throw errorOfResponse(response, { method: "GET", url });
    return parseJson(response.body, `GET ${path}`);
  };
  return { get, clockOffsetMs: () => offsetMs, readTokens: () => limiter.available() };
}

function queryText(params: Params): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === "") continue;
    for (const one of typeof value === "object" ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}
