// From a request to its handler: the table of Kalshi's endpoints, behind the gate.

import type { Gate } from "./gate.ts";
import { failed } from "./query.ts";
import type { Call, Reply, Route } from "./route.ts";
import { httpDateText } from "./time-text.ts";
import { type ExchangeRequest, type ExchangeResponse, isRecord, parseRecord } from "./types.ts";

export const KALSHI_PREFIX = "/trade-api/v2";

/** What every call may look at. */
export type CallContext = Pick<Call, "world" | "desk" | "view" | "ledger">;

/** Kalshi's REST interface; answers from the present state of the world and the account, and keeps the ledger. */
export function createRestHandler(
  context: CallContext,
  routes: readonly Route[],
  gate: Gate,
): (request: ExchangeRequest) => ExchangeResponse {
  const table = routes.map((route) => ({ route, parts: partsOf(route.path) }));
  return (request) => {
    const nowMs = context.world.nowMs();
    const [path = "", search = ""] = request.path.split("?", 2);
    const query = new URLSearchParams(search);
    const call: Call = { ...context, nowMs, query, params: {}, body: request.body };
    const reply = path.startsWith(`${KALSHI_PREFIX}/`)
      ? answer({ request, path: path.slice(KALSHI_PREFIX.length), call, table, gate })
      : NOT_FOUND;
    note(request, reply, call);
    return {
      status: reply.status,
      headers: { "content-type": "application/json", date: httpDateText(nowMs) },
      body: reply.body,
    };
  };
}

const NOT_FOUND = failed(404, "not_found");
const METHOD_NOT_ALLOWED = failed(405, "method_not_allowed");

interface TableRow {
  readonly route: Route;
  readonly parts: readonly string[];
}

interface Asked {
  readonly request: ExchangeRequest;
  /** Below the prefix, without query. */
  readonly path: string;
  readonly call: Call;
  readonly table: readonly TableRow[];
  readonly gate: Gate;
}

function answer(asked: Asked): Reply {
  const { request, path, call, table, gate } = asked;
  const found = matchesOf(table, partsOf(path));
  if (found.length === 0) return NOT_FOUND;
  const match = mostLiteral(found.filter(({ route }) => route.method === request.method));
  if (match === undefined) return METHOD_NOT_ALLOWED;
  const own = { ...call, params: match.params };
  return gate(request, match.route, own) ?? match.route.handle(own);
}

// The exchange's own account of the request: that it came, and with which words it was refused.
function note(request: ExchangeRequest, reply: Reply, call: Call): void {
  call.ledger.request();
  if (reply.status < 400) return;
  const { method, path } = request;
  const { status } = reply;
  call.ledger.refused({ method, path, status, code: codeOf(reply.body), atMs: call.nowMs });
}

function codeOf(body: string): string {
  const record = parseRecord(body);
  const error = record?.["error"];
  const code = isRecord(error) ? error["code"] : (record?.["code"] ?? error);
  if (typeof code === "string") return code;
  return typeof record?.["msg"] === "string" ? "parameter_validation" : "";
}

interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

function matchesOf(table: readonly TableRow[], parts: readonly string[]): readonly Match[] {
  return table.flatMap(({ route, parts: pattern }) => {
    const params = paramsOf(pattern, parts);
    return params === undefined ? [] : [{ route, params }];
  });
}

/** `/series/fee_changes` is no series named `fee_changes`. */
function mostLiteral(matches: readonly Match[]): Match | undefined {
  const size = ({ params }: Match): number => Object.keys(params).length;
  return matches.toSorted((a, b) => size(a) - size(b))[0];
}

function partsOf(path: string): readonly string[] {
  return path.split("/").slice(1);
}

function paramsOf(
  pattern: readonly string[],
  parts: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, name] of pattern.entries()) {
    const part = parts[at] ?? "";
    if (name.startsWith(":")) params[name.slice(1)] = decodedPart(part);
    else if (name !== part) return undefined;
  }
  return params;
}

function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
