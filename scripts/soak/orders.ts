// Many seeds of the order path against the local exchange in memory (tests/support/orders). Prints the line that replays a
// seed whose invariants did not hold, and ends with 1 if there was one.
//
//   npm run soak:orders -- --from 1 --seeds 1000
//   npm run soak:orders -- --seed 4711 --seconds 120

import { inspect, parseArgs } from "node:util";
import { simulate } from "../../tests/support/orders/simulation.ts";

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    from: { type: "string", default: "1" },
    seeds: { type: "string", default: "1000" },
    seconds: { type: "string", default: "120" },
  },
});
const seconds = Number(values.seconds);
const from = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const sums = { orders: 0, fills: 0, crashes: 0, latches: 0, unverified: 0 };
let failed = 0;
for (let seed = from; seed < from + count; seed++) {
  const end = await simulate({ seed, seconds });
  sums.orders += end.orders;
  sums.fills += end.fills;
  sums.crashes += end.crashes.length;
  sums.latches += end.latches.length;
  sums.unverified += end.verified.filter((isVerified) => !isVerified).length;
  if (values.seed !== undefined) say(inspect(end));
  if (end.problems.length === 0) continue;
  failed++;
  say(`seed ${seed}: ${end.problems.join("; ")}`);
  say(`  npm run soak:orders -- --seed ${seed} --seconds ${seconds}`);
}
say(`${count} seeds, ${failed} with broken invariants: ${inspect(sums)}`);
process.exitCode = failed === 0 ? 0 : 1;
