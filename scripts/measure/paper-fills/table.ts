import type { FillClass } from "../../../src/core/records.ts";
import { type Compared, isCountWithin, isProfitWithin } from "./compare.ts";

const CLASSES: readonly FillClass[] = ["queue", "through", "crossed"];

/** What all seeds say together, and each seed whose truth was outside a range. */
export function table(seeds: readonly Compared[]): string {
  const total = (of: (each: Compared) => number): number =>
    seeds.reduce((sum, each) => sum + of(each), 0);
  const classes = CLASSES.map((name) => `${total(({ classes: counts }) => counts[name])} ${name}`);
  return [
    `${seeds.length} seeds, ${total(({ orders }) => orders)} orders, simulated fills: ${classes.join(", ")}`,
    `truth within the range: contracts ${share(seeds, isCountWithin)}, P&L ${share(seeds, isProfitWithin)}`,
    `orders filled as neither account says: ${total(({ strays }) => strays.together)}, each alone in its world ${total(({ strays }) => strays.alone)}`,
    "",
    row("", "contracts", "P&L $"),
    row(
      "pessimistic",
      contracts(total(({ pessimistic }) => pessimistic.filledCq)),
      dollars(total(({ profit }) => profit.pessimistic)),
    ),
    row(
      "expected",
      contracts(total(({ expected }) => expected.filledCq)),
      dollars(total(({ profit }) => profit.expected)),
    ),
    row("optimistic", "", dollars(total(({ profit }) => profit.optimistic))),
    row(
      "truth",
      contracts(total(({ truth }) => truth.filledCq)),
      dollars(total(({ truth }) => truth.pnlUd)),
    ),
    "",
    ...seeds.filter((each) => !isCountWithin(each) || !isProfitWithin(each)).map(outside),
    "",
  ].join("\n");
}

function outside({ expected, pessimistic, profit, seed, truth }: Compared): string {
  const counts = [pessimistic, expected].map(({ filledCq }) => contracts(filledCq)).join(" … ");
  const ends = [profit.pessimistic, profit.expected, profit.optimistic].map(dollars).join(" … ");
  return `outside: seed ${seed}, contracts ${contracts(truth.filledCq)} in ${counts}, P&L ${dollars(truth.pnlUd)} in ${ends}`;
}

function share(seeds: readonly Compared[], isWithin: (each: Compared) => boolean): string {
  const inside = seeds.filter(isWithin).length;
  return `${inside} of ${seeds.length} (${((inside / seeds.length) * 100).toFixed(1)}%)`;
}

const contracts = (countCq: number): string => (countCq / 100).toFixed(2);
const dollars = (amountUd: number): string => (amountUd / 1e6).toFixed(2);

function row(name: string, count: string, profit: string): string {
  return `${name.padEnd(12)} ${count.padStart(10)} ${profit.padStart(10)}`;
}
