// How fast the local exchange is and whether its memory stays flat: `npm run bench [-- --suite NAME] [--seconds N]`.
// Absolute figures are of the machine they were printed on; compare runs of one machine only.

import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { measureMemory } from "./bench/sim-memory.ts";
import { measureThroughput } from "./bench/sim-throughput.ts";

const SPEEDS = [60, 120, 240];

const { values } = parseArgs({
  options: {
    suite: { type: "string" },
    seconds: { type: "string", default: "20" },
    hours: { type: "string", default: "24" },
  },
});
const SUITES = new Map<string, () => Promise<void>>([
  ["sim-throughput", throughput],
  ["sim-memory", memory],
]);
const { suite } = values;
if (suite !== undefined && !SUITES.has(suite)) {
  throw new Error(`there is no suite '${suite}'; there are ${[...SUITES.keys()].join(", ")}`);
}
for (const [name, run] of SUITES) if (suite === undefined || suite === name) await run();

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function throughput(): Promise<void> {
  say("sim-throughput: kbt sim (edge, seed 1) and one client on this machine, all four families");
  for (const speed of SPEEDS) {
    const seen = await measureThroughput(speed, Number(values.seconds));
    say(
      [
        `  speed ${speed}`.padEnd(11),
        `${Math.round(seen.perSecond)} messages/s`.padStart(18),
        `${seen.mbPerSecond.toFixed(1)} MB/s`.padStart(10),
        `pace ${seen.pace.toFixed(0)}x`.padStart(10),
        `server CPU ${(100 * seen.serverCpu).toFixed(0)} %`.padStart(17),
        `client CPU ${(100 * seen.clientCpu).toFixed(0)} %`.padStart(17),
        `  server RSS ${seen.rssMb.map((mb) => mb.toFixed(0)).join(" / ")} MB`,
        `  ${seen.gaps} gaps, ${seen.overflows} overflows`,
      ].join(""),
    );
  }
}

/** In a process of its own each, with a collection to be had on demand. */
function memory(): Promise<void> {
  const [hours, client] = [Number(values.hours), process.env["KBT_BENCH_CLIENT"]];
  if (client !== undefined) {
    for (const row of measureMemory(hours, client === "1")) {
      say(
        `  hour ${String(row.hour).padStart(2)}  heap ${row.heapMb.toFixed(1)} MB  RSS ${row.rssMb.toFixed(0)} MB  ${row.messages} messages`,
      );
    }
    return Promise.resolve();
  }
  for (const each of ["0", "1"]) {
    say(`sim-memory: ${hours} exchange hours, ${each === "0" ? "no client" : "one client"}`);
    execFileSync(
      process.execPath,
      [
        "--expose-gc",
        "--import",
        "tsx",
        import.meta.filename,
        "--suite",
        "sim-memory",
        "--hours",
        `${hours}`,
      ],
      { env: { ...process.env, KBT_BENCH_CLIENT: each }, stdio: "inherit" },
    );
  }
  return Promise.resolve();
}
