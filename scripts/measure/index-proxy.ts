// How far the stand-in for the settlement index is from the index, with Coinbase's last trade as its only venue, held against
// the 15-minute strikes: `npm run measure:index -- [--data ../shared/data]`.

import path from "node:path";
import { parseArgs } from "node:util";
import { measureIndexProxy } from "./index-error.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: path.resolve(import.meta.dirname, "../../../shared/data") },
  },
});

const errors = measureIndexProxy(values.data);
const informed = errors.filter(({ isInformed }) => isInformed);
process.stdout.write(
  "| 60 s averages, basis points | n | mean | sd | rmse | max |\n|---|---|---|---|---|---|\n",
);
print(
  "raw",
  errors.map(({ rawBp }) => rawBp),
);
print(
  "de-biased",
  errors.map(({ learnedBp }) => learnedBp),
);
print(
  "raw, where something was learnt",
  informed.map(({ rawBp }) => rawBp),
);
print(
  "de-biased, where something was learnt",
  informed.map(({ learnedBp }) => learnedBp),
);

function print(title: string, bps: readonly number[]): void {
  const n = bps.length;
  const mean = bps.reduce((sum, bp) => sum + bp, 0) / n;
  const sd = Math.sqrt(bps.reduce((sum, bp) => sum + (bp - mean) ** 2, 0) / (n - 1));
  const rmse = Math.sqrt(bps.reduce((sum, bp) => sum + bp ** 2, 0) / n);
  const max = Math.max(...bps.map((bp) => Math.abs(bp)));
  const cells = [mean, sd, rmse, max].map((value) => value.toFixed(2));
  process.stdout.write(`| ${title} | ${n} | ${cells.join(" | ")} |\n`);
}
