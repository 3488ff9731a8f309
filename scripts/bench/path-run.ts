import { writeFileSync } from "node:fs";
import { type Answer, numberAt, textAt } from "./child.ts";
import { serve } from "./serve.ts";

/** One run of a whole path: frames of a socket to rows on the disk. */
export interface PathRun {
  readonly url: string;
  readonly db: string;
  /** Data frames that will come. */
  readonly count: number;
  /** To be called when everything that follows from a frame was decided, in the order of the frames from 0. */
  decided(at: number): void;
  /** To be called when every row is committed; closing the file, with its checkpoint, is not part of the path. */
  stored(): void;
}

const SAMPLE_MS = 500;

const OFFSET_TRIES = 50;

/** CLOCK_MONOTONIC in microseconds, the same in every process of the machine. */
export function nowUs(): number {
  return performance.now() * 1000 + OFFSET_US;
}

const OFFSET_US = offsetUs();

/** Between the process's own clock and the machine's: of several readings the one that nothing came between. */
function offsetUs(): number {
  let [offset, narrowest] = [0, Number.POSITIVE_INFINITY];
  for (let turn = 0; turn < OFFSET_TRIES; turn++) {
    const before = Number(process.hrtime.bigint());
    const own = performance.now() * 1000;
    const after = Number(process.hrtime.bigint());
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    offset = (before + after) / 2000 - own;
  }
  return offset;
}

/**
 * Answers requests by running the path. `run` resolves when the file is closed; `facts` then reads from it what was
 * recorded.
 */
export async function servePath(
  run: (run: PathRun) => Promise<void>,
  facts: (db: string) => object,
): Promise<void> {
  await serve(async (request) => {
    const db = textAt(request, "db");
    const measured = await measure(run, request, db);
    return request["facts"] === true ? { ...measured, facts: facts(db) } : measured;
  });
}

async function measure(
  run: (run: PathRun) => Promise<void>,
  request: Answer,
  db: string,
): Promise<object> {
  const count = numberAt(request, "count");
  const first = numberAt(request, "warm");
  const stampFile = request["stamps"];
  const stamps = typeof stampFile === "string" ? new Float64Array(count) : null;
  const rss: (readonly [second: number, mb: number])[] = [];
  let startUs = 0;
  let cpu = process.cpuUsage();
  globalThis.gc?.();
  const sampler = setInterval(() => {
    if (startUs === 0) return;
    rss.push([(nowUs() - startUs) / 1e6, process.memoryUsage.rss() / 1e6]);
  }, SAMPLE_MS);
  let decided = 0;
  let decidedCpuMs = 0;
  let [ms, cpuMs] = [Number.NaN, Number.NaN];
  await run({
    url: textAt(request, "url"),
    db,
    count,
    decided(at) {
      if (at < first) return;
      decided++;
      if (at === first) {
        startUs = nowUs();
        cpu = process.cpuUsage();
      }
      if (stamps !== null) stamps[at] = nowUs();
      if (at === count - 1) decidedCpuMs = cpuMsSince(cpu);
    },
    stored() {
      ms = (nowUs() - startUs) / 1000;
      cpuMs = cpuMsSince(cpu);
    },
  });
  clearInterval(sampler);
  if (stamps !== null && typeof stampFile === "string") writeFileSync(stampFile, stamps);
  return { ms, cpuMs, decidedCpuMs, count: decided, rss };
}

/** Of all threads of the process. */
function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
