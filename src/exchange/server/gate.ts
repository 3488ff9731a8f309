// What a Kalshi call must pass before its handler sees it, in the exchange's order: signature, scope, rate limit, content
// type. Whoever is turned away is written into the ledger with the rule that was broken.

import type { KeyRing } from "./access.ts";
import { isSigned } from "./auth.ts";
import { batchSize, namedShard, type RateLimits } from "./buckets.ts";
import { failed } from "./query.ts";
import type { Call, Reply, Route } from "./route.ts";
import type { ExchangeRequest } from "./types.ts";

export const DEFAULT_COST = 10;

/** Names under which a local exchange is reached, over sockets and without. */
const HOSTS = /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3}|kalshi\.local)$/;

const TOO_MANY: Reply = { status: 429, body: '{"error":"too many requests"}' };

export interface GateOptions {
  readonly keys: KeyRing;
  readonly limits: RateLimits;
  /** Host names besides loopback under which this exchange is reached. */
  readonly hosts?: readonly string[];
  /** Clock that signatures are checked against. */
  readonly signingMs: () => number;
}

/** The reply of a call that is turned away; null lets it in. */
export type Gate = (request: ExchangeRequest, route: Route, call: Call) => Reply | null;

export function createGate(options: GateOptions): Gate {
  return (request, route, call) => {
    noteHost(request, call, options.hosts ?? []);
    const isUnsigned = !isSigned(request.headers);
    if (!(isUnsigned && route.access === "public")) {
      const nowMs = options.signingMs();
      const answer = options.keys.check({ ...request, nowMs }, route.access);
      if ("body" in answer) {
        call.ledger.violation(answer.rule, `${request.method} ${request.path}`, call.nowMs);
        return answer;
      }
    }
    const charge = {
      tokens: tokensOf(route, call),
      isWrite: isWrite(route),
      shard: isWrite(route) && route.isBatch !== true ? namedShard(call.query, call.body) : null,
      address: isUnsigned ? (request.remoteAddress ?? "") : null,
    };
    if (!options.limits.take(charge, call.nowMs)) {
      const what = `${request.method} ${request.path} for ${charge.tokens} tokens`;
      call.ledger.violation("over_rate_limit", what, call.nowMs);
      return TOO_MANY;
    }
    return wrongContentType(request, call);
  };
}

function tokensOf(route: Route, call: Call): number {
  return (route.cost ?? DEFAULT_COST) * (route.isBatch === true ? batchSize(call.body) : 1);
}

function isWrite(route: Route): boolean {
  return route.method !== "GET";
}

function headerOf(request: ExchangeRequest, name: string): string | undefined {
  return Object.entries(request.headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

// A client that was led elsewhere by a redirect or a wrong setting still sends its signature: that is worth knowing.
function noteHost(request: ExchangeRequest, call: Call, hosts: readonly string[]): void {
  const host = headerOf(request, "host")?.replace(/:\d+$/, "").toLowerCase();
  if (host === undefined || HOSTS.test(host) || hosts.includes(host)) return;
  call.ledger.violation("wrong_host", `${request.method} ${request.path} to ${host}`, call.nowMs);
}

function wrongContentType(request: ExchangeRequest, call: Call): Reply | null {
  if (request.body === "") return null;
  const type = headerOf(request, "content-type") ?? "";
  if (/^application\/json\s*(?:;|$)/i.test(type)) return null;
  call.ledger.violation("malformed_body", `content type '${type}'`, call.nowMs);
  return failed(400, "invalid_content_type");
}
