import { createInterface } from "node:readline";

/** Answers the bench's requests in turn: a JSON object a line each way (scripts/bench/serve.ts). */
export async function serve(handle) {
  for await (const line of createInterface({ input: process.stdin })) {
    let answer;
    try {
      answer = await handle(JSON.parse(line));
    } catch (error) {
      answer = { error: String(error?.stack ?? error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

/** Wall time of some work in milliseconds. */
export function timed(work) {
  globalThis.gc?.();
  const start = performance.now();
  work();
  return performance.now() - start;
}
