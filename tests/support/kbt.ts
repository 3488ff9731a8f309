import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import Database from "better-sqlite3";

const BIN = resolve(import.meta.dirname, "../../bin/kbt.js");

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  /** Environment of the program beside PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each piece of stderr: lets a test act once the program says something. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs the built program in a folder of its own, with an environment that sets nothing of kbt's. */
export function kbt(
  args: readonly string[],
  { cwd, env: extra = {}, onStderr }: RunOptions,
): Promise<Ran> {
  return new Promise((done, failed) => {
    const env = { PATH: process.env["PATH"] ?? "", HOME: cwd, ...extra };
    const child = spawn(process.execPath, [BIN, ...args], { cwd, env });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
      onStderr?.(stderr, (signal) => child.kill(signal));
    });
    child.on("error", failed);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
}

/** A temporary folder; call the returned function to remove it. */
export function tempFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "kbt-e2e-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** All rows of a query, columns as an array. */
export function rows(path: string, sql: string): unknown[][] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare(sql).raw().all() as unknown[][];
  } finally {
    db.close();
  }
}
