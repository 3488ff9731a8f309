// Kills a recording run again and again: npm run soak:kill -- --times 200 [--seed 1] [--db PATH]
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mulberry32 } from "../../src/core/rng.ts";
import { killOnce } from "./kill-once.ts";

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1e6) },
    db: { type: "string" },
  },
});
const path = values.db ?? join(mkdtempSync(join(tmpdir(), "kbt-soak-")), "soak.sqlite");
const rng = mulberry32(Number(values.seed));
const totals = { killed: 0, acknowledged: 0, found: 0, faults: 0 };
process.stdout.write(`seed ${values.seed}, database ${path}\n`);
for (let n = 1; n <= Number(values.times); n++) {
  const { acknowledged, faults, found, killed } = await killOnce(path, rng);
  totals.killed += killed;
  totals.acknowledged += acknowledged;
  totals.found += found;
  totals.faults += faults.length;
  for (const fault of faults) process.stdout.write(`kill ${n}: ${fault}\n`);
}
process.stdout.write(
  `${values.times} kills, ${totals.killed} runs found without an end, ${totals.acknowledged} rows acknowledged, ` +
    `${totals.found} found, ${totals.faults} faults\n`,
);
process.exitCode = totals.faults === 0 ? 0 : 1;
