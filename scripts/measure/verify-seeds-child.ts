// One process of verify-seeds.ts: records some runs, or verifies them; the program itself, run again and again.
import Database from "better-sqlite3";
import { openWorld } from "../../src/app/compose/local-exchange.ts";

export interface ChildTask {
  readonly what: "record" | "verify";
  readonly db: string;
  readonly scenario: string;
  readonly seconds: number;
  readonly from: number;
  readonly to: number;
}

export interface ChildTally {
  readonly runs: number;
  readonly identical: number;
  readonly inputs: number;
  readonly decisions: number;
  readonly fills: number;
  readonly failed: readonly string[];
}

// Each call of the program listens for signals and crashes, and stops when it ends; crashes it leaves to the process.
process.setMaxListeners(200);
const task: ChildTask = JSON.parse(process.argv[2] ?? "{}");
const built = new URL("../../dist/main.js", import.meta.url).href;
const { main }: { readonly main: (argv: readonly string[]) => Promise<number> } = await import(
  built
);

/** What the program printed, and its exit code. */
async function kbt(
  args: readonly string[],
): Promise<{ readonly code: number; readonly out: string }> {
  const write = process.stdout.write.bind(process.stdout);
  let out = "";
  process.stdout.write = (text: string | Uint8Array): boolean => {
    out += String(text);
    return true;
  };
  try {
    return { code: await main([...args, "--db", task.db, "--quiet"]), out };
  } finally {
    process.stdout.write = write;
  }
}

async function record(): Promise<void> {
  for (let seed = task.from; seed < task.to; seed++) {
    const { code, out } = await kbt([
      "paper",
      "--sim",
      task.scenario,
      "--sim-seed",
      String(seed),
      "--sim-speed",
      "max",
      "--until",
      untilText(seed),
    ]);
    if (code !== 0) throw new Error(`seed ${seed}: exit ${code}: ${out}`);
  }
}

/** Exchanges of different seeds begin at different times. */
function untilText(seed: number): string {
  const { startMs } = openWorld(task.scenario, seed).world;
  return new Date(startMs + task.seconds * 1000).toISOString();
}

async function verify(): Promise<ChildTally> {
  const tally = { runs: 0, identical: 0, inputs: 0, decisions: 0, fills: 0 };
  const failed: string[] = [];
  const db = new Database(task.db, { readonly: true });
  const runs = db
    .prepare<[], number>("SELECT run_id FROM runs WHERE mode = 'paper' ORDER BY run_id")
    .pluck()
    .all();
  const fills = db.prepare<[], number>("SELECT count(*) FROM fills").pluck().get() ?? 0;
  db.close();
  for (const [at, run] of runs.entries()) {
    const { out } = await kbt(["backtest", "--verify", String(run), "--json"]);
    const { data } = JSON.parse(out);
    tally.runs++;
    tally.inputs += data.events;
    tally.decisions += data.decisions;
    if (data.identical === true) tally.identical++;
    else
      failed.push(
        `seed ${task.from + at}: ${JSON.stringify(data.difference ?? data.changed_input)}`,
      );
  }
  return { ...tally, fills, failed };
}

if (task.what === "record") {
  await record();
  process.stdout.write("{}\n");
} else process.stdout.write(`${JSON.stringify(await verify())}\n`);
