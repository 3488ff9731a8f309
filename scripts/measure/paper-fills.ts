// Simulated fills of a maker beside those that the local exchange's own matching gives the same orders:
// npm run measure:paper -- [--seeds 200] [--from 1] [--minutes 2] [--scenario edge] (docs/paper.md)
// Each seed is the last minutes of a 15-minute window, twice: once as paper trades it, once with its orders in the book.
import { parseArgs } from "node:util";
import { type Compared, compare } from "./paper-fills/compare.ts";
import { table } from "./paper-fills/table.ts";

const { values } = parseArgs({
  options: {
    scenario: { type: "string", default: "edge" },
    seeds: { type: "string", default: "200" },
    from: { type: "string", default: "1" },
    minutes: { type: "string", default: "2" },
  },
});
const seeds = Number(values.seeds);
const first = Number(values.from);
const startMs = Date.now();
const done: Compared[] = [];
for (let seed = first; seed < first + seeds; seed++) {
  const stretch = { scenario: values.scenario, seed, minutes: Number(values.minutes) };
  done.push(await compare(stretch));
  const leftS = ((Date.now() - startMs) / done.length / 1000) * (seeds - done.length);
  process.stderr.write(
    `${done.length} of ${seeds} seeds, about ${Math.ceil(leftS / 60)} min left\n`,
  );
}
process.stdout.write(table(done));
