import * as z from "zod/mini";
// By name: `z.core` as a value would pull the whole of zod with its 50 languages into the bundle.
import { $ZodType } from "zod/v4/core";
import { EXIT_RULE_SHAPE } from "../core/exits/exit-rule.ts";
import { configSchema } from "./schema.ts";

type KeyKind = "number" | "boolean" | "list" | "text";

/** What people and the text parser need to know of a key. */
export interface KeyFacts {
  readonly kind: KeyKind;
  /** May be left unset. */
  readonly nullable: boolean;
  readonly doc: string;
  /** What a value must be, after "it must be". */
  readonly rule: string;
  readonly fallback: unknown;
}

/** The schema of a key. */
export function schemaOf(path: string): $ZodType {
  const schema = SCHEMAS.get(path);
  if (schema === undefined) throw new RangeError(`${path} is not a key of the schema`);
  return schema;
}

/** Paths of all keys of the schema, in its order. */
export function schemaPaths(): string[] {
  return [...SCHEMAS.keys()];
}

/** The facts of a key. Derived when asked for: most starts need those of a few keys only. */
export function factsOf(path: string): KeyFacts {
  const json = z.toJSONSchema(schemaOf(path), { io: "input" });
  const types = [json.type].flat().map(String);
  const branches = json.anyOf ?? [];
  const nullable = types.includes("null") || branches.some(({ type }) => type === "null");
  return {
    kind: kindOf(types),
    nullable,
    doc: json.description ?? "",
    rule: ruleOf(path, json, types),
    fallback: json.default,
  };
}

const SCHEMAS: ReadonlyMap<string, $ZodType> = collectSchemas();

function collectSchemas(): Map<string, $ZodType> {
  const schemas = new Map<string, $ZodType>();
  const walk = (schema: $ZodType, path: string): void => {
    if (!(schema instanceof z.ZodMiniObject)) {
      schemas.set(path, schema);
      return;
    }
    for (const [name, child] of Object.entries(schema.shape)) {
      if (child instanceof $ZodType) walk(child, path === "" ? name : `${path}.${name}`);
    }
  };
  walk(configSchema, "");
  return schemas;
}

function kindOf(types: readonly string[]): KeyKind {
  if (types.includes("number") || types.includes("integer")) return "number";
  if (types.includes("boolean")) return "boolean";
  return types.includes("array") ? "list" : "text";
}

function ruleOf(
  path: string,
  json: z.core.JSONSchema.BaseSchema,
  types: readonly string[],
): string {
  if (json.enum !== undefined) return `one of ${json.enum.join(", ")}`;
  switch (kindOf(types)) {
    case "number":
      return `${types.includes("integer") ? "an integer" : "a number"} ${rangeOf(json)}`;
    case "boolean":
      return "true or false";
    case "list":
      if (path.endsWith("_urls")) {
        return "at most 50 https:// addresses without user or password (http:// only to this machine)";
      }
      return "at most 200 tickers such as KXBTC15M (A-Z, 0-9, dot, dash, underscore)";
    case "text":
      break;
  }
  return textRule(path);
}

function textRule(path: string): string {
  if (path === "exits.rule") return EXIT_RULE_SHAPE;
  if (path === "alerts.digest_utc") return "a time of day such as 07:30";
  if (path === "alerts.telegram_url")
    return "https://api.telegram.org, or http:// and a port of this machine";
  if (path === "notify.discord_webhook_url")
    return "a webhook such as https://discord.com/api/webhooks/ID/TOKEN";
  if (path.endsWith("ws_url"))
    return "a wss:// address without user, password or query (ws:// only to this machine)";
  if (path.endsWith("_url"))
    return "an https:// address without user, password or query (http:// only to this machine)";
  if (path.endsWith("_ticker")) return "a ticker (A-Z, 0-9, dot, dash, underscore)";
  if (path.endsWith("product_id")) return "a product such as BTC-USD";
  return "text of 1 to 1024 characters";
}

function rangeOf(json: z.core.JSONSchema.BaseSchema): string {
  const low =
    json.exclusiveMinimum === undefined ? `from ${json.minimum}` : `above ${json.exclusiveMinimum}`;
  return json.exclusiveMaximum === undefined
    ? `${low} ${low.startsWith("above") ? "and at most" : "to"} ${json.maximum}`
    : `${low} and below ${json.exclusiveMaximum}`;
}
