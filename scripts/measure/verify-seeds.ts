// Records short paper runs on the local exchange, one for each seed, and verifies each of them by its replay:
// `npm run measure:verify -- --seeds 1000 --scenario jumpy`. Runs are recorded by a process in one time zone and verified by
// another in a different one; as many pairs work as there are cores.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ChildTally, ChildTask } from "./verify-seeds-child.ts";

const ZONES = { record: "America/New_York", verify: "Asia/Kolkata" } as const;
/** Runs in one file: some hundred megabytes would only be copied around. */
const CHUNK = 25;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    scenario: { type: "string", default: "jumpy" },
    seconds: { type: "string", default: "90" },
  },
});
const first = Number(values.from);
const count = Number(values.seeds);
const chunks = Array.from({ length: Math.ceil(count / CHUNK) }, (_, at) => ({
  from: first + at * CHUNK,
  to: Math.min(first + count, first + (at + 1) * CHUNK),
}));
const folder = mkdtempSync(join(tmpdir(), "kbt-verify-"));
const total = { runs: 0, identical: 0, inputs: 0, decisions: 0, fills: 0, failed: [] as string[] };
const beganMs = Date.now();

async function work(): Promise<void> {
  for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
    const db = join(folder, `${chunk.from}.sqlite`);
    const task = { ...chunk, db, scenario: values.scenario, seconds: Number(values.seconds) };
    await child({ ...task, what: "record" });
    const tally = await child({ ...task, what: "verify" });
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${db}${suffix}`, { force: true });
    total.runs += tally.runs;
    total.identical += tally.identical;
    total.inputs += tally.inputs;
    total.decisions += tally.decisions;
    total.fills += tally.fills;
    total.failed.push(...tally.failed);
    const minutes = (Date.now() - beganMs) / 60_000;
    const left = (minutes / total.runs) * (count - total.runs);
    process.stderr.write(
      `${total.identical} of ${total.runs} identical, ${minutes.toFixed(1)} min, ${left.toFixed(0)} min left\n`,
    );
  }
}

function child(task: ChildTask): Promise<ChildTally> {
  const entry = new URL("./verify-seeds-child.ts", import.meta.url).pathname;
  return new Promise((resolve, reject) => {
    const run = spawn(process.execPath, ["--import", "tsx", entry, JSON.stringify(task)], {
      env: { PATH: process.env["PATH"] ?? "", HOME: folder, TZ: ZONES[task.what] },
      cwd: new URL("../..", import.meta.url).pathname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let out = "";
    run.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    run.on("error", reject);
    run.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(out.trim().split("\n").at(-1) ?? "{}"));
      else
        reject(
          new Error(`${task.what} of seeds ${task.from} to ${task.to - 1} ended with ${code}`),
        );
    });
  });
}

try {
  await Promise.all(Array.from({ length: Math.min(chunks.length, availableParallelism()) }, work));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const line of total.failed) process.stdout.write(`${line}\n`);
process.stdout.write(
  `${values.scenario}: ${total.identical} of ${total.runs} runs identical to their replays (seeds ${first} to ${first + count - 1}, ${values.seconds} s each; recorded in ${ZONES.record}, verified in ${ZONES.verify}): ${total.inputs} inputs, ${total.decisions} decisions, ${total.fills} fills\n`,
);
process.exitCode = total.identical === total.runs ? 0 : 1;
