import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

/** The built program. */
export const BIN = resolve(import.meta.dirname, "../../bin/kbt.js");

export interface Served {
  readonly child: ChildProcess;
  /** What `kbt sim --json` says of itself. */
  readonly urls: Readonly<Record<string, string>>;
}

/** How Node is to be started: words before the program, and what is in the environment beside one's own. */
interface Start {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A local exchange in a process of its own, once it can be reached. */
export async function serve(
  folder: string,
  args: readonly string[],
  start: Start = { words: [], env: {} },
): Promise<Served> {
  const child = spawn(process.execPath, [...start.words, BIN, "sim", "--json", ...args], {
    cwd: folder,
    env: { ...process.env, ...start.env },
    stdio: "pipe",
  });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return { child, urls: JSON.parse(String(line)).data };
}

/** The environment of a command that trades there, with its key, on one file of a folder; `venues` beside the exchange. */
export function environmentOf(
  urls: Served["urls"],
  at: { readonly folder: string; readonly db: string; readonly venues: readonly string[] },
): Record<string, string> {
  const env: Record<string, string> = {
    PATH: process.env["PATH"] ?? "",
    HOME: at.folder,
    DB_PATH: at.db,
    KALSHI_REST_URL: urls["rest_url"] ?? "",
    KALSHI_WS_URL: urls["ws_url"] ?? "",
    KALSHI_API_KEY_ID: urls["key_id"] ?? "",
    KALSHI_PRIVATE_KEY_PATH: urls["key_path"] ?? "",
    KBT_BINANCE__FUTURES_REST_URL: urls["binance_futures_rest_url"] ?? "",
  };
  for (const venue of at.venues) {
    env[`KBT_${venue.toUpperCase()}__WS_URL`] = urls[`${venue}_ws_url`] ?? "";
    env[`KBT_${venue.toUpperCase()}__REST_URL`] = urls[`${venue}_rest_url`] ?? "";
  }
  return env;
}
