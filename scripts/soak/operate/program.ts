import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../served.ts";

export interface Setting {
  readonly folder: string;
  readonly db: string;
  readonly speed: number;
  /** Words for Node before the program, for its clock and for measuring its loop. */
  readonly clockWords: readonly string[];
  readonly probeWords: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

/** One start of a program and how it ended. */
export interface Life {
  readonly name: string;
  readonly life: number;
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly lastLines: readonly string[];
  /** Lines on stderr that should never be there. */
  readonly alarms: readonly string[];
  /** How late timers were, milliseconds; null when it did not come to say so. */
  readonly lag: Readonly<Record<"p50" | "p99" | "max", number>> | null;
}

interface Begun {
  readonly child: ChildProcess;
  readonly ended: Promise<Life>;
}

/** Where a life writes what is left of its heap when rubbish is collected (probe.mjs). */
export function heapPathOf(folder: string, { life, name }: Pick<Life, "life" | "name">): string {
  return join(folder, `heap-${name}-${life}`);
}

const ALARM = /unhandled|uncaught|ExceededWarning|error\[BUG\]|heap out of memory/i;

/** Starts one life of a program. */
export function begin(
  {
    life,
    name,
    words,
  }: { readonly name: string; readonly life: number; readonly words: readonly string[] },
  at: Setting,
): Begun {
  const lagPath = join(at.folder, `lag-${name}-${life}.json`);
  const heapPath = heapPathOf(at.folder, { name, life });
  const child = spawn(process.execPath, [...at.clockWords, ...at.probeWords, BIN, ...words], {
    cwd: at.folder,
    env: {
      ...at.env,
      LOG_PATH: join(at.folder, `${name}.jsonl`),
      SOAK_LAG_PATH: lagPath,
      SOAK_HEAP_PATH: heapPath,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = once(child, "close").then(() => {
    const lines = errors.trim().split("\n");
    return {
      name,
      life,
      code: child.exitCode,
      lastLines: lines.slice(-3),
      alarms: lines.filter((line) => ALARM.test(line)),
      lag: existsSync(lagPath) ? JSON.parse(readFileSync(lagPath, "utf8")) : null,
    };
  });
  return { child, ended };
}

/** A short command of the same installation; its exit code. */
export async function runToEnd(words: readonly string[], at: Setting): Promise<number | null> {
  const child = spawn(process.execPath, [...at.clockWords, BIN, ...words], {
    cwd: at.folder,
    env: { ...at.env, LOG_PATH: join(at.folder, "operator.jsonl") },
    stdio: "ignore",
  });
  await once(child, "close");
  return child.exitCode;
}
