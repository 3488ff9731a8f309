// How long the kill switch takes, over real sockets: from the kill file to the latch on file, to the first cancel that
// leaves, and to the read that shows that nothing rests (I30).
//
//   npm run measure:kill -- --rounds 20

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openReader, type Reader } from "../../src/adapters/sqlite/open.ts";
import { activeLatches } from "../../src/adapters/sqlite/queries/runs.ts";
import { setKillFile } from "../../src/app/compose/kill-file.ts";
import { throughGates } from "../../src/app/compose/live.ts";
import { openLocalExchange } from "../../src/app/compose/local-exchange.ts";
import { Drill } from "../../src/app/live/drill.ts";
import { money } from "../../src/core/units.ts";
import type { HttpClient } from "../../src/ports.ts";
import { contextOf, dbOf } from "../../tests/support/orders/live-session.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "20" }, from: { type: "string", default: "1" } },
});
const SERIES = ["KXBTC15M"];
const LIMITS = { latch: 50, cancel: 250, empty: 5_000 };

type Times = Record<keyof typeof LIMITS, number>;

/** Watches one run from the kill file on. */
class Stopwatch {
  startMs: number | null = null;
  readonly times: Times = { latch: Number.NaN, cancel: Number.NaN, empty: Number.NaN };
  #reader: Reader | null = null;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  start(): void {
    this.#reader = openReader(this.#path, { segments: false });
    this.startMs = performance.now();
  }

  at(what: keyof Times): void {
    if (this.startMs !== null) this.times[what] = performance.now() - this.startMs;
  }

  /** Asked again and again: nothing in the run says when a row is on file. */
  look(): void {
    const reader = this.#reader;
    if (reader === null || !Number.isNaN(this.times.latch)) return;
    if (activeLatches(reader, "live").length > 0) this.at("latch");
  }

  close(): void {
    this.#reader?.close();
  }

  client(http: HttpClient): HttpClient {
    return {
      request: async (request, signal) => {
        const isWrite = request.method !== "GET";
        if (isWrite && Number.isNaN(this.times.cancel)) this.at("cancel");
        const answer = await http.request(request, signal);
        if (request.url.includes("/portfolio/orders") && request.url.includes("resting"))
          this.at("empty");
        return answer;
      },
    };
  }
}

async function round(seed: number): Promise<Times> {
  const folder = mkdtempSync(join(tmpdir(), "kbt-kill-path-"));
  const sim = { scenario: "edge", seed, speed: 1 } as const;
  const opened = await openLocalExchange(sim);
  const watch = new Stopwatch(dbOf(folder));
  const env = { ...opened, http: watch.client(opened.http) };
  const timer = setInterval(() => watch.look(), 1);
  try {
    const ctx = contextOf({ env, folder, series: SERIES, sim });
    const own = new Drill();
    const isOver = (): boolean => {
      if (own.isReady && watch.startMs === null) {
        watch.start();
        setKillFile(dbOf(folder), "measure");
      }
      return false;
    };
    const bounds = { strategies: [], seconds: 60, windows: null, untilMs: null, once: false, sim };
    const options = { ...bounds, confirmLive: SERIES, yes: true };
    const { config } = await ctx.loadConfig();
    const errand = { own, isHarmless: true, maxCost: money(1_000_000), isOver };
    const asked = { ctx, config, env, options, errand };
    const result = await throughGates(asked, async (_setting, { ending }) => {
      return { exitCode: ending.isVerified ? 0 : 8, data: null, text: "", warnings: [] };
    });
    if (result.exitCode !== 0) watch.times.empty = Number.NaN;
    return watch.times;
  } finally {
    clearInterval(timer);
    watch.close();
    await env.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const rounds: Times[] = [];
for (let n = 0; n < Number(values.rounds); n++) rounds.push(await round(Number(values.from) + n));
let isGood = true;
for (const what of ["latch", "cancel", "empty"] as const) {
  const sorted = rounds.map((times) => times[what]).toSorted((a, b) => a - b);
  const isMissing = sorted.some(Number.isNaN);
  const [median = Number.NaN, worst = Number.NaN] = [sorted[sorted.length >> 1], sorted.at(-1)];
  const isWithin = !isMissing && worst <= LIMITS[what];
  isGood &&= isWithin;
  process.stdout.write(
    `${what.padEnd(7)} median ${median.toFixed(1)} ms, longest ${worst.toFixed(1)} ms, limit ${LIMITS[what]} ms: ${isWithin ? "met" : "NOT met"}\n`,
  );
}
process.stdout.write(`${rounds.length} rounds, seeds from ${values.from}\n`);
process.exitCode = isGood ? 0 : 1;
