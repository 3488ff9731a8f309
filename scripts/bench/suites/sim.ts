import { execFileSync } from "node:child_process";
import path from "node:path";
import type { Suite } from "../bench.ts";
import { measureThroughput } from "../sim-throughput.ts";

const SPEEDS = [60, 120, 240];
const SECONDS = 20;
const SECONDS_QUICK = 5;
const HOURS = 24;
const HOURS_QUICK = 4;

/** How fast the local exchange is and whether its memory stays flat: figures to look at, not judged. */
export const simSuite: Suite = {
  name: "sim",
  async run(bench) {
    await throughput(bench.quick ? SECONDS_QUICK : SECONDS);
    memory(bench.quick ? HOURS_QUICK : HOURS);
  },
};

async function throughput(seconds: number): Promise<void> {
  note("sim    kbt sim (edge, seed 1) and one client on this machine, all four families");
  for (const speed of SPEEDS) {
    const seen = await measureThroughput(speed, seconds);
    note(
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

function memory(hours: number): void {
  const program = path.join(import.meta.dirname, "../sim-memory-main.ts");
  for (const client of ["0", "1"]) {
    note(`sim    ${hours} exchange hours, ${client === "0" ? "no client" : "one client"}`);
    const args = ["--expose-gc", "--import", "tsx", program, `${hours}`, client];
    execFileSync(process.execPath, args, { stdio: ["ignore", 2, "inherit"] });
  }
}

/** On stderr: what is no line of the bench must not stand among its JSON. */
function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
