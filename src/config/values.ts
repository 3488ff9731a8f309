import * as z from "zod/mini";
import { factsOf, schemaOf } from "./facts.ts";
import { ARMING_PATH, type Key } from "./keys.ts";
import { describeOrigin, type Given } from "./origin.ts";
import type { Problem } from "./problems.ts";
import type { Config } from "./schema.ts";
import { isEnvironmentOnly, isSecret } from "./secrets.ts";

const DECIMAL = /^-?\d{1,15}(\.\d{1,15})?$/;

/**
 * Text of the environment or a flag as the type of its key; text that does not fit stays text, which the check refuses.
 * Undefined for an empty text where unset is a value; an empty limit stays an empty text, and an error.
 */
export function fromText(key: Key, raw: string): unknown {
  // Armed is armed by exactly 1: not by true, not by a 1 with a space.
  if (key.path === ARMING_PATH) return raw === "" ? undefined : raw === "1";
  const text = raw.trim();
  const { kind, rule } = factsOf(key.path);
  if (text === "" && (kind === "list" || (kind === "text" && !rule.startsWith("one of")))) {
    return undefined;
  }
  if (kind === "number") return DECIMAL.test(text) ? Number(text) : text;
  if (kind === "boolean") return parseFlag(text);
  return kind === "list" ? splitList(text) : text;
}

function splitList(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function parseFlag(text: string): boolean | string {
  if (text === "1" || text === "true") return true;
  return text === "0" || text === "false" ? false : text;
}

/** What is wrong with one value by itself; null when nothing is. */
export function checkValue(given: Given): Problem | null {
  const { key, value, origin } = given;
  const source = describeOrigin(origin);
  const refused = refusal(given, source);
  if (refused !== null) return { path: key.path, source, message: refused };
  if (z.safeParse(schemaOf(key.path), value).success && isAcceptableUrl(key.path, value))
    return null;
  const message = `${key.path} is ${shown(key.path, value)} (from ${source}); it must be ${factsOf(key.path).rule}`;
  return { path: key.path, source, message };
}

/** Values that are refused for where they come from or for what they would give away. */
function refusal({ key, value, origin }: Given, source: string): string | null {
  const fromEnvironment = origin.kind === "environment" || origin.kind === "dotenv";
  if (holdsPem(value)) {
    return `${key.path} holds the text of a key (from ${source}); put the key in a file of mode 0600 and give its path`;
  }
  if (isEnvironmentOnly(key.path) && !fromEnvironment) {
    return `${key.path} is secret (from ${source}); set ${key.env[0]} in the environment instead`;
  }
  if (key.path === "kalshi.api_key_id" && origin.kind === "flag") {
    return `${key.path} on the command line can be read by every user (from ${source}); set KALSHI_API_KEY_ID or write it in the config file`;
  }
  if (key.path === ARMING_PATH && value === true && !fromEnvironment) {
    return `${key.path} is true (from ${source}); only TRADING_ENABLED=1 in the environment arms trading`;
  }
  if (key.path === "kalshi.ws_auth_mode" && value === "query") {
    return `${key.path} is "query" (from ${source}); it would put the key id and the signature into addresses and logs, so it must be header`;
  }
  return null;
}

/** What is wrong with values that are each right. */
export function checkTogether(config: Config, given: ReadonlyMap<string, Given>): Problem[] {
  const problems: Problem[] = [];
  const sourceOf = (path: string): string => {
    const origin = given.get(path)?.origin;
    return origin === undefined ? "default" : describeOrigin(origin);
  };
  const { sigma_min_bp, sigma_max_bp } = config.model;
  if (sigma_min_bp >= sigma_max_bp) {
    const source = `${sourceOf("model.sigma_min_bp")} and ${sourceOf("model.sigma_max_bp")}`;
    problems.push({
      path: "model.sigma_min_bp",
      source,
      message: `model.sigma_min_bp is ${sigma_min_bp} (from ${source}); it must be below model.sigma_max_bp, ${sigma_max_bp}`,
    });
  }
  const otherHosts = config.kalshi.env === "prod" ? DEMO_HOSTS : PROD_HOSTS;
  for (const name of ["rest_url", "ws_url"] as const) {
    const url = config.kalshi[name];
    if (url === null || !otherHosts.has(new URL(url).hostname)) continue;
    const path = `kalshi.${name}`;
    const source = sourceOf(path);
    problems.push({
      path,
      source,
      message: `${path} is ${url} (from ${source}); with kalshi.env ${config.kalshi.env} (from ${sourceOf("kalshi.env")}) it must not be a host of the other environment`,
    });
  }
  return problems;
}

// A key for one environment must never sign a request to the other (reliability.md part 5).
const PROD_HOSTS: ReadonlySet<string> = new Set([
  "external-api.kalshi.com",
  "external-api-ws.kalshi.com",
  "api.elections.kalshi.com",
]);
const DEMO_HOSTS: ReadonlySet<string> = new Set([
  "external-api.demo.kalshi.co",
  "external-api-ws.demo.kalshi.co",
  "demo-api.kalshi.co",
]);
const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

function isAcceptableUrl(path: string, value: unknown): boolean {
  if (!path.endsWith("_url") || typeof value !== "string" || isSecret(path)) return true;
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const [safe, plain] = path.endsWith("ws_url") ? ["wss:", "ws:"] : ["https:", "http:"];
  const scheme = url.protocol === safe || (url.protocol === plain && LOOPBACK.has(url.hostname));
  return (
    scheme && url.username === "" && url.password === "" && url.search === "" && url.hash === ""
  );
}

function holdsPem(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsPem);
  return typeof value === "string" && value.includes("-----BEGIN");
}

const SHOWN_LENGTH = 60;

/** A value in a message: short, quoted, and never a secret or the password of an address. */
function shown(path: string, value: unknown): string {
  if (isSecret(path)) return "refused";
  if (value === "") return "empty";
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  const safe = text.replace(/\/\/[^/@]*@/, "//…@");
  return safe.length > SHOWN_LENGTH ? `${safe.slice(0, SHOWN_LENGTH)}…` : safe;
}
