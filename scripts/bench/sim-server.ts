import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { isObject, parseObject } from "../../src/exchange/replay/read-capture.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
/** Clock ticks per second of `/proc`: 100 on every Linux this runs on. */
const TICKS = 100;

/** `kbt sim` in a process of its own. */
export interface SimServer {
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly keyId: string;
  readonly privateKeyPem: string;
  /** CPU seconds used so far, and resident memory in MB; NaN where there is no `/proc`. */
  usage(): { readonly cpuS: number; readonly rssMb: number };
  stop(): Promise<void>;
}

/** Starts the built command; `nodeFlags` come before the script, for a profile say. */
export async function startSim(
  speed: number,
  nodeFlags: readonly string[] = [],
): Promise<SimServer> {
  const args = ["bin/kbt.js", "sim", "--seed", "1", "--speed", `${speed}`, "--json"];
  const child = spawn(process.execPath, [...nodeFlags, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const started = await firstObject(child);
  const field = (name: string): string => {
    const value = started[name];
    if (typeof value !== "string") throw new TypeError(`kbt sim did not say its ${name}`);
    return value;
  };
  return {
    restUrl: field("rest_url"),
    wsUrl: field("ws_url"),
    keyId: field("key_id"),
    privateKeyPem: readFileSync(field("key_path"), "utf8"),
    usage: () => usageOf(child.pid ?? 0),
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGINT");
      await ended;
    },
  };
}

async function firstObject(child: ChildProcess): Promise<Readonly<Record<string, unknown>>> {
  if (child.stdout === null) throw new Error("kbt sim has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const row = parseObject(line);
    if (row !== undefined) return isObject(row["data"]) ? row["data"] : row;
  }
  throw new Error(`kbt sim ended with ${child.exitCode} before it had started`);
}

function usageOf(pid: number): { cpuS: number; rssMb: number } {
  try {
    // The command's name stands in brackets and may hold spaces; the numbers come after it.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return {
      cpuS: (Number(stat[11]) + Number(stat[12])) / TICKS,
      rssMb: Number(rss?.[1]) / 1024,
    };
  } catch {
    return { cpuS: Number.NaN, rssMb: Number.NaN };
  }
}
