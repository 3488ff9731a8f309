import { createInterface } from "node:readline";
import { parseObject } from "../../src/exchange/replay/read-capture.ts";
import type { Answer } from "./child.ts";

/** The other end of `startChild`: answers each request in turn until the input ends. */
export async function serve(handle: (request: Answer) => object | Promise<object>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = parseObject(line);
    if (request === undefined) throw new Error(`not a request: ${line}`);
    process.stdout.write(`${JSON.stringify(await attempt(handle, request))}\n`);
  }
}

async function attempt(
  handle: (request: Answer) => object | Promise<object>,
  request: Answer,
): Promise<object> {
  try {
    return await handle(request);
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

export interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Wall and CPU time of some work, all threads of the process together; the garbage of what came before is not in it. */
export function timed(work: () => void | Promise<void>): Promise<Cost> {
  globalThis.gc?.();
  return timedWarm(work);
}

/**
 * The same as it is in a program that does this again and again. Between two runs nothing of the one is alive, and at a
 * full collection V8 throws away the code that it compiled for shapes of which no object lives: with one before each run
 * nearly a third of what is measured is compiling.
 */
export async function timedWarm(work: () => void | Promise<void>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000 };
}
