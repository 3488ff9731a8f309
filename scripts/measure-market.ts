// Prints the same statistics of the recorded markets and of generated ones, side by side:
// `npx tsx scripts/measure-market.ts [--data ../shared/data] [--scenario fair] [--seed 1] [--windows 12]`.

import path from "node:path";
import { parseArgs } from "node:util";
import { isScenario } from "../src/exchange/scenario/scenario-world.ts";
import { measureCaptures } from "./measure/captures.ts";
import {
  generatedQuotes,
  quoteStatistics,
  recordedBrackets,
  recordedSol,
} from "./measure/quotes.ts";
import { measureScenario } from "./measure/scenario.ts";
import { type Statistics, statisticsOf } from "./measure/statistics.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: path.resolve(import.meta.dirname, "../../shared/data") },
    scenario: { type: "string", default: "fair" },
    seed: { type: "string", default: "1" },
    windows: { type: "string", default: "12" },
  },
});
const { data, scenario } = values;
const [seed, windows] = [Number(values.seed), Number(values.windows)];
if (!isScenario(scenario)) throw new Error(`there is no scenario '${scenario}'`);

const run = { scenario, seed, windows, series: "KXBTC15M", product: "BTC-USD" };
print("KXBTC15M", statisticsOf(measureCaptures(data)), statisticsOf(measureScenario(run)));

const quotes = { scenario, seed, hours: Math.ceil(windows / 4) };
const brackets = generatedQuotes({ ...quotes, series: "KXBTC", looksS: [2160, 300, 240] });
print("KXBTC, hourly", quoteStatistics(recordedBrackets(data)), quoteStatistics(brackets));

const looksS = Array.from({ length: 14 }, (_, minute) => 60 * (minute + 1));
const sol = generatedQuotes({ ...quotes, series: "KXSOL15M", looksS });
print("KXSOL15M", quoteStatistics(recordedSol(data)), quoteStatistics(sol));

function print(title: string, recorded: Statistics, generated: Statistics): void {
  process.stdout.write(`| ${title} | recorded | ${scenario}, seed ${seed} |\n|---|---|---|\n`);
  for (const [name, value] of recorded) {
    const other = generated.get(name) ?? Number.NaN;
    process.stdout.write(`| ${name} | ${shown(value)} | ${shown(other)} |\n`);
  }
  process.stdout.write("\n");
}

function shown(value: number): string {
  if (Number.isNaN(value)) return "–";
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Number(value.toPrecision(3)).toString();
}
