import { KbtError } from "../../../core/errors.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock, HttpClient, HttpResponse } from "../../../ports.ts";
import { isRecord, textAt } from "../../kalshi/json.ts";
import { hostOf } from "../../platform/network-error.ts";
import { parseHttpDate } from "../../platform/rfc3339.ts";
import { isGeoBlock, isRateLimit } from "./gap.ts";

export interface BinanceHost {
  /** `https://fapi.binance.com`, without path. */
  readonly baseUrl: string;
  readonly http: HttpClient;
  readonly clock: Clock;
}

export interface BinanceSuccess {
  readonly kind: "ok";
  readonly value: unknown;
  readonly text: string;
}

export type BinanceFailure =
  /** Not from here, ever. */
  | { readonly kind: "blocked"; readonly status: number }
  /** Not before this wait is over, or the ban gets longer. */
  | { readonly kind: "limited"; readonly waitMs: Ms; readonly problem: string }
  /** May be better next time; `isRequest` when it was this one request that was refused. */
  | { readonly kind: "failed"; readonly problem: string; readonly isRequest: boolean };

/** Bans last from two minutes to three days (spot-feeds.md §3.3). */
const WAIT_MIN_MS = 1000;
const WAIT_MAX_MS = 3 * 86_400_000;
const WAIT_USUAL_MS = 120_000;

/** One answer of Binance's REST, whatever it is; rejects when aborted only. */
export async function getBinance(
  { baseUrl, http, clock }: BinanceHost,
  path: string,
  signal: AbortSignal,
): Promise<BinanceSuccess | BinanceFailure> {
  try {
    const headers = { accept: "application/json" };
    const response = await http.request(
      { method: "GET", url: `${baseUrl}${path}`, headers },
      signal,
    );
    return answerOf(response, hostOf(baseUrl), clock.nowMs());
  } catch (error) {
    if (!(error instanceof KbtError) || error.kind !== "network") throw error;
    return { kind: "failed", problem: error.message, isRequest: false };
  }
}

function answerOf(
  response: HttpResponse,
  host: string,
  nowMs: Ms,
): BinanceSuccess | BinanceFailure {
  const { status, headers, body } = response;
  if (isGeoBlock(status)) return { kind: "blocked", status };
  const value = parse(body);
  const problem = `${host} answered HTTP ${status}${messageOf(value)}`;
  if (isRateLimit(status)) {
    return { kind: "limited", waitMs: waitOf(headers["retry-after"], nowMs), problem };
  }
  const isError = isRecord(value) && typeof value["code"] === "number";
  if (status !== 200) return { kind: "failed", problem, isRequest: status < 500 && isError };
  // An error may come under a good status too, and a page of a proxy instead of an answer.
  if (isError || value === undefined) return { kind: "failed", problem, isRequest: isError };
  return { kind: "ok", value, text: body };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function messageOf(value: unknown): string {
  const text = isRecord(value) ? textAt(value, "msg") : undefined;
  return text === undefined ? "" : `: ${text.slice(0, 100)}`;
}

/** `Retry-After` in seconds, whole or not, or as a date; never so long that nobody would notice. */
function waitOf(retryAfter: string | undefined, nowMs: Ms): Ms {
  if (retryAfter === undefined) return WAIT_USUAL_MS;
  const seconds = /^\d+(?:\.\d+)?$/.test(retryAfter) ? Number(retryAfter) : Number.NaN;
  const untilMs = parseHttpDate(retryAfter);
  const dateMs = untilMs === undefined ? WAIT_USUAL_MS : untilMs - nowMs;
  const waitMs = Number.isNaN(seconds) ? dateMs : Math.ceil(seconds * 1000);
  return Math.min(WAIT_MAX_MS, Math.max(WAIT_MIN_MS, waitMs));
}
