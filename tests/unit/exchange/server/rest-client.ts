import type { LocalExchange } from "../../../../src/exchange/exchange.ts";
import { REST_PATH, type Signing, signedHeaders } from "./client.ts";

export interface Ask {
  readonly method?: string;
  /** Signs with the exchange's first key when true. */
  readonly key?: Signing | true;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly remoteAddress?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

/** A REST call in memory, at the exchange's present time. */
export function ask(exchange: LocalExchange, path: string, how: Ask = {}): Answer {
  const method = how.method ?? "GET";
  const fullPath = `${REST_PATH}${path}`;
  const key = how.key === true ? exchange : how.key;
  const atMs = exchange.world.nowMs();
  const signed =
    key === undefined
      ? {}
      : signedHeaders(key, { method, path: fullPath.split("?")[0] ?? "", atMs });
  const body = how.body === undefined ? "" : JSON.stringify(how.body);
  const type = body === "" ? {} : { "content-type": "application/json" };
  const answer = exchange.handleHttp({
    method,
    path: fullPath,
    headers: { ...signed, ...type, ...how.headers },
    body,
    ...(how.remoteAddress === undefined ? {} : { remoteAddress: how.remoteAddress }),
  });
  const json: unknown = answer.body === "" ? undefined : JSON.parse(answer.body);
  return { status: answer.status, text: answer.body, json };
}

/** The value at a path of keys; undefined where the path ends early. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  );
}

/** One field of every object of a list. */
export function fieldsOf(value: unknown, field: string): unknown[] {
  if (!Array.isArray(value)) throw new Error("no list");
  return value.map((item: unknown) => at(item, field));
}
