import { type ErrorKind, KbtError } from "../../core/errors.ts";
import type { HttpResponse } from "../../ports.ts";
import { hostOf } from "../platform/network-error.ts";
import { isRecord, textAt } from "./json.ts";

/** What the exchange said about a refused request, whichever of its four body shapes it used (kalshi.md §2.0). */
interface VenueRefusal {
  readonly code: string;
  readonly message: string;
  readonly details: string;
}

const EMPTY: VenueRefusal = { code: "", message: "", details: "" };
const TEXT_LIMIT = 300;

/** Reads an error body; empty, HTML and unknown bodies give empty texts, never an exception. */
function readRefusal(body: string): VenueRefusal {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return EMPTY;
  }
  if (!isRecord(parsed)) return EMPTY;
  const { error } = parsed;
  if (typeof error === "string") return { code: "", message: clip(error), details: "" };
  const from = isRecord(error) ? error : parsed;
  return {
    code: clip(textAt(from, "code") ?? ""),
    message: clip(textAt(from, "message") ?? textAt(from, "msg") ?? ""),
    details: clip(textAt(from, "details") ?? ""),
  };
}

/** A non-2xx answer as the error its status and body stand for. */
export function errorOfResponse(
  response: HttpResponse,
  request: { method: string; url: string },
): KbtError {
  const refusal = readRefusal(response.body);
  const { status } = response;
  const said = [refusal.code, refusal.message, refusal.details].filter((text) => text !== "");
  const about = [...new Set(said)].join(" · ") || "no reason given";
  const path = request.url.replace(/^[a-z]+:\/\/[^/]*/i, "").replace(/\?.*$/s, "");
  const hint = hintFor(status, refusal, request.url);
  return new KbtError({
    kind: kindOf(status),
    code: codeOf(status, refusal),
    message: `${request.method} ${path} answered ${status}: ${about}`,
    ...(hint === undefined ? {} : { hint }),
    details: { status, venueCode: refusal.code, venueDetails: refusal.details },
  });
}

function kindOf(status: number): ErrorKind {
  if (status === 401 || status === 403) return "auth";
  if (status === 408 || status === 429 || status >= 500) return "network";
  if (status < 400) return "protocol";
  return "venue";
}

function codeOf(status: number, refusal: VenueRefusal): string {
  if (status === 429) return "RATE_LIMITED";
  if (status >= 500 || status === 408) return "EXCHANGE_UNAVAILABLE";
  if (status < 400) return status >= 300 ? "REDIRECT_REFUSED" : "UNEXPECTED_STATUS";
  // `authentication_error` says nothing; its details name the cause (kalshi.md §1.2).
  const word = refusal.code === "authentication_error" ? refusal.details : refusal.code;
  const code = word.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
  if (code !== "" && code !== "_")
    return code === "NOT_FOUND" && status === 401 ? "KEY_NOT_FOUND" : code;
  return status === 403 ? "FORBIDDEN" : `HTTP_${status}`;
}

function hintFor(status: number, refusal: VenueRefusal, url: string): string | undefined {
  if (status === 401) {
    const word = `${refusal.code} ${refusal.details}`;
    if (word.includes("INCORRECT_API_KEY_SIGNATURE")) {
      return "the private key does not belong to this key id";
    }
    if (word.includes("header_timestamp_expired")) {
      return "this computer's clock is more than 10 s off; set it by NTP";
    }
    if (word.includes("NOT_FOUND")) {
      return `${hostOf(url)} does not know this key id; demo and production keys are not shared (KALSHI_ENV)`;
    }
    return "set KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH";
  }
  if (status === 403) return "the key lacks the scope, or the account may not use this feature";
  if (status === 429) return "too many requests for this account or address; try again in a moment";
  if (status >= 500) return "the exchange is unavailable; try again, or try --sim";
  return undefined;
}

function clip(text: string): string {
  return text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}…` : text;
}
