import { Buffer } from "node:buffer";
import type { Reply } from "./route.ts";

export function ok(value: unknown): Reply {
  return { status: 200, body: JSON.stringify(value) };
}

/** The error body of live endpoints: `{"error":{"code","message","details"?}}`, the message being the code in words. */
export function failed(status: number, code: string, details?: string): Reply {
  const message = code.replaceAll("_", " ");
  // JSON leaves out what is undefined.
  return { status, body: JSON.stringify({ error: { code, message, details } }) };
}

/** A rejected query parameter: the one error body with a bare `msg`. */
export function badParameter(operation: string, field: string, tag: string): Reply {
  const msg = `Parameter validation failed for ${operation}: Key: '${operation}Params.${field}' Error:Field validation for '${field}' failed on the '${tag}' tag`;
  return { status: 400, body: JSON.stringify({ msg }) };
}

/** True for a reply rather than a value. */
export function isReply(value: unknown): value is Reply {
  return typeof value === "object" && value !== null && "status" in value && "body" in value;
}

/** An integer parameter; undefined when absent, a 400 when it is no integer. */
export function integerParam(
  query: URLSearchParams,
  name: string,
  operation: string,
): number | undefined | Reply {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  return /^-?\d{1,15}$/.test(text) ? Number(text) : badParameter(operation, name, "numeric");
}

/** An integer parameter without which the request is refused. */
export function requiredInteger(
  query: URLSearchParams,
  name: string,
  operation: string,
): number | Reply {
  return integerParam(query, name, operation) ?? badParameter(operation, name, "required");
}

const TRUE = /^(?:1|t|T|true|TRUE|True)$/;
const FALSE = /^(?:0|f|F|false|FALSE|False)?$/;

/** A yes-or-no parameter in any of the spellings Go knows; no when absent, a 400 when it is neither. */
export function booleanParam(
  query: URLSearchParams,
  name: string,
  operation: string,
): boolean | Reply {
  const text = query.get(name) ?? "";
  if (TRUE.test(text)) return true;
  return FALSE.test(text) ? false : badParameter(operation, name, "boolean");
}

/** Values of a comma-separated parameter, given once or repeatedly. */
export function listParam(query: URLSearchParams, name: string): readonly string[] {
  return query
    .getAll(name)
    .flatMap((text) => text.split(","))
    .filter((text) => text !== "");
}

export interface PageRule {
  readonly operation: string;
  readonly defaultLimit: number;
  readonly maxLimit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Empty on the last page. */
  readonly cursor: string;
}

/**
 * The page a request asks for. A limit out of range is refused, not clamped; a cursor that means nothing is not: it
 * gives the first page, as the exchange does.
 */
export function pageOf<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  query: URLSearchParams,
  rule: PageRule,
): Page<T> | Reply {
  const asked = integerParam(query, "limit", rule.operation);
  if (isReply(asked)) return asked;
  const limit = asked ?? rule.defaultLimit;
  if (limit > rule.maxLimit) return badParameter(rule.operation, "Limit", "lte");
  if (limit < 1) return badParameter(rule.operation, "Limit", "gte");
  const after = decodeCursor(query.get("cursor") ?? "");
  const start = after === "" ? 0 : items.findIndex((item) => idOf(item) === after) + 1;
  const page = items.slice(start, start + limit);
  const last = page.at(-1);
  const isLast = last === undefined || start + limit >= items.length;
  return { items: page, cursor: isLast ? "" : encodeCursor(idOf(last)) };
}

const CURSOR_PREFIX = "after:";

function encodeCursor(id: string): string {
  return Buffer.from(`${CURSOR_PREFIX}${id}`).toString("base64url");
}

function decodeCursor(cursor: string): string {
  const text = Buffer.from(cursor, "base64url").toString();
  return text.startsWith(CURSOR_PREFIX) ? text.slice(CURSOR_PREFIX.length) : "";
}
