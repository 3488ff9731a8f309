import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { activeLatches } from "../../../src/adapters/sqlite/queries/runs.ts";
import { begin, type Life, runToEnd, type Setting } from "./program.ts";

/** The exits after which scripts/ops/systemd starts again, its wait, and how often in an hour (of the exchange) it does. */
const AGAIN: ReadonlySet<number> = new Set([1, 5, 6, 7]);
const WAIT_MS = 15_000;
const STARTS_MAX = 10;
const HOUR_MS = 3_600_000;
/** A latch, or doubt about an order: a person looks, clears, and starts live again. */
const FOR_A_PERSON: ReadonlySet<number> = new Set([3, 8]);
const STOP_MS_MAX = 60_000;

/** Runs one command as its unit and its operator would: started again after the exits for which they do so. */
export class Keeper {
  readonly name: string;
  readonly port: number;
  readonly lives: Life[] = [];
  readonly #words: readonly string[];
  readonly #at: Setting;
  readonly #over: Promise<void>;
  readonly #starts: number[] = [];
  #child: ChildProcess | null = null;
  #isStopping = false;
  #isLatched = false;

  constructor(name: string, port: number, words: readonly string[], at: Setting) {
    this.name = name;
    this.port = port;
    this.#words = [name, ...words, "--metrics-port", String(port)];
    this.#at = at;
    this.#over = this.#keep();
  }

  /** What runs now; null between two starts. */
  current(): { readonly pid: number; readonly life: number } | null {
    const pid = this.#child?.pid;
    return pid === undefined ? null : { pid, life: this.lives.length + 1 };
  }

  /** An operator who sees a latch: stops the program, clears what is latched, starts it again. */
  unlatch(): void {
    this.#isLatched = true;
    this.#child?.kill("SIGTERM");
  }

  kill(): void {
    this.#isStopping = true;
    this.#child?.kill("SIGKILL");
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#child;
    child?.kill("SIGTERM");
    const late = setTimeout(() => child?.kill("SIGKILL"), STOP_MS_MAX);
    await this.#over;
    clearTimeout(late);
  }

  async #keep(): Promise<void> {
    do {
      this.#starts.push(Date.now());
      const { name } = this;
      const { child, ended } = begin(
        { name, life: this.lives.length + 1, words: this.#words },
        this.#at,
      );
      this.#child = child;
      const life = await ended;
      this.#child = null;
      this.lives.push(life);
      if (!this.#isStopping) {
        this.#at.say(
          `${name}, life ${life.life}: exit ${life.code}, ${life.lastLines.at(-1) ?? ""}`,
        );
      }
    } while (!this.#isStopping && (await this.#isToStart(this.lives.at(-1)?.code ?? null)));
  }

  async #isToStart(code: number | null): Promise<boolean> {
    const { name } = this;
    const sinceMs = Date.now() - HOUR_MS / this.#at.speed;
    const isForPerson = code !== null && FOR_A_PERSON.has(code) && name === "live";
    const isAgain = this.#isLatched || isForPerson || (code !== null && AGAIN.has(code));
    if (!isAgain || this.#starts.filter((ms) => ms > sinceMs).length >= STARTS_MAX) {
      this.#at.say(`${name} is not started again`);
      return false;
    }
    // The unit's ExecStopPost.
    if (name === "live" && code !== 0) await runToEnd(["live", "cancel-all"], this.#at);
    if (this.#isLatched || isForPerson) await clearLatches(this.#at);
    this.#isLatched = false;
    await sleep(WAIT_MS / this.#at.speed);
    return !this.#isStopping;
  }
}

async function clearLatches(at: Setting): Promise<void> {
  if (!existsSync(at.db)) return;
  const reader = openReader(at.db, { segments: false });
  const kinds = activeLatches(reader, "live").map(({ kind }) => kind);
  reader.close();
  for (const kind of kinds) {
    const code = await runToEnd(["live", "reset", kind, "--reason", "soak"], at);
    at.say(`live reset ${kind}: exit ${code}`);
  }
}
