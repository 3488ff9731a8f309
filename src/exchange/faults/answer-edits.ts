import { isRecord } from "../server/types.ts";
import type { ParamsOf } from "./fault-table.ts";

// Changes of the JSON of an answer. What is no JSON object stays as it is: there is nothing in it to get wrong.

const HUGE_BYTES = 16 * 1024 * 1024;
const DEPTH = 50_000;
const HTML = "<html><head><title>502 Bad Gateway</title></head><body>cloudfront</body></html>";

/** Another body in place of the right one. */
export function otherBody(body: string, how: ParamsOf<"http_body">["how"]): string {
  switch (how) {
    case "empty":
      return "";
    case "empty_object":
      return "{}";
    case "error_object":
      return '{"error":{"code":"internal_error","message":"internal error"}}';
    case "html":
      return HTML;
    case "truncated":
      return body.slice(0, Math.floor(body.length / 2));
    case "huge":
      return body.replace("{", `{"pad":"${"x".repeat(HUGE_BYTES)}",`);
    case "deep":
      return body.replace("{", `{"deep":${"[".repeat(DEPTH)}${"]".repeat(DEPTH)},`);
  }
}

/** The body with the value at a dotted path replaced, or taken out. */
export function withField(body: string, change: ParamsOf<"http_field">): string {
  const value = parseJson(body);
  if (value === undefined) return body;
  const next = change.missing ? undefined : (parseJson(change.value) ?? change.value);
  return JSON.stringify(replaced(value, change.path.split("."), next));
}

function replaced(value: unknown, path: readonly string[], next: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return next;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.map((item, at) => (String(at) === key ? replaced(item, rest, next) : item));
  }
  return isRecord(value) ? { ...value, [key]: replaced(value[key], rest, next) } : value;
}

/** The body with every amount in it zero; times and shard numbers are none. */
export function withZeros(body: string): string {
  const value = parseJson(body);
  return value === undefined ? body : JSON.stringify(zeroed(value, ""));
}

function zeroed(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => zeroed(item, key));
  if (isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, zeroed(inner, name)]),
    );
  }
  if (typeof value === "number") return /_ts$|_ms$|index$|subaccount/.test(key) ? value : 0;
  const isAmount = typeof value === "string" && /^-?\d+\.\d+$/.test(value);
  return isAmount ? value.replace("-", "").replaceAll(/\d/g, "0") : value;
}

export interface PagedBody {
  /** Name of the list. */
  readonly name: string;
  readonly items: readonly unknown[];
  readonly cursor: string;
  readonly whole: Readonly<Record<string, unknown>>;
}

/** The list in a paged answer; undefined for an answer without one. */
export function pagedBody(body: string): PagedBody | undefined {
  const whole = parseJson(body);
  if (!isRecord(whole)) return undefined;
  const found = Object.entries(whole).find(([, value]) => Array.isArray(value));
  if (found === undefined) return undefined;
  const [name, items] = found;
  const cursor = whole["cursor"];
  return {
    name,
    items: Array.isArray(items) ? items : [],
    cursor: typeof cursor === "string" ? cursor : "",
    whole,
  };
}

/** The same answer with other items and another cursor. */
export function pageText(
  page: PagedBody,
  items: readonly unknown[] | null,
  cursor: string,
): string {
  return JSON.stringify({ ...page.whole, [page.name]: items, cursor });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
