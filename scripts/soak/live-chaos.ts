// Many seeds of the whole `kbt live` as it is shipped, in lockstep against the local exchange in chaos, judged by the
// exchange's own books after every step, and held against its replay at the end. Prints the line that replays a seed in which
// something was wrong.
//
//   npm run soak:live -- --from 1 --seeds 200
//   npm run soak:live -- --seed 4711 --minutes 16

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect, parseArgs } from "node:util";
import { liveSeed } from "../../tests/support/orders/live-seed.ts";

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    from: { type: "string", default: "1" },
    seeds: { type: "string", default: "200" },
    minutes: { type: "string", default: "16" },
    keep: { type: "boolean", default: false },
  },
});
const from = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const minutes = Number(values.minutes);
const sums = { orders: 0, fills: 0, steps: 0, unverified: 0 };
const exits = new Map<string, number>();
const startedMs = Date.now();
let failed = 0;
for (let seed = from; seed < from + count; seed++) {
  const folder = mkdtempSync(join(tmpdir(), "kbt-live-"));
  const end = await liveSeed({ seed, minutes, folder });
  if (values.keep) say(folder);
  else rmSync(folder, { recursive: true });
  sums.orders += end.orders;
  sums.fills += end.fills;
  sums.steps += end.steps;
  sums.unverified += end.isVerified ? 0 : 1;
  exits.set(end.ending, (exits.get(end.ending) ?? 0) + 1);
  if (values.seed !== undefined) say(inspect(end));
  if (end.problems.length === 0) continue;
  failed++;
  say(`seed ${seed}: ${end.problems.join("; ")}`);
  say(`  npm run soak:live -- --seed ${seed} --minutes ${minutes}`);
}
const perMinute = ((count * 60_000) / (Date.now() - startedMs)).toFixed(1);
say(`${count} seeds from ${from}, ${minutes} minutes each, ${perMinute} seeds a minute`);
say(`${failed} with broken invariants: ${inspect(sums)} ${inspect(Object.fromEntries(exits))}`);
process.exitCode = failed === 0 ? 0 : 1;
