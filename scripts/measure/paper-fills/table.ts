import type { FillClass } from "../../../src/core/records.ts";
import { type Compared, isWithin } from "./compare.ts";
import type { Outcome } from "./paper-world.ts";

type Account = "pessimistic" | "truth" | "expected";
const ACCOUNTS: readonly Account[] = ["pessimistic", "truth", "expected"];
const CLASSES: readonly FillClass[] = ["queue", "through", "crossed"];

/** What all seeds say together, and each seed whose truth was outside the range. */
export function table(seeds: readonly Compared[]): string {
  const orders = seeds.reduce((count, each) => count + each.orders, 0);
  const classes = CLASSES.map((name) => {
    return `${seeds.reduce((count, each) => count + each.classes[name], 0)} ${name}`;
  });
  return [
    `${seeds.length} seeds, ${orders} orders, simulated fills: ${classes.join(", ")}`,
    `truth within the range: contracts ${share(seeds, "filledCq")}, P&L ${share(seeds, "pnlUd")}`,
    "",
    row("", "contracts", "P&L $"),
    ...ACCOUNTS.map((name) => {
      const all = seeds.map((each) => each[name]);
      return row(name, contracts(sum(all, "filledCq")), dollars(sum(all, "pnlUd")));
    }),
    "",
    ...seeds.filter((each) => !isInside(each)).map(outside),
    "",
  ].join("\n");
}

function isInside(each: Compared): boolean {
  return isWithin(each, "filledCq") && isWithin(each, "pnlUd");
}

function outside(each: Compared): string {
  const ends = (what: "filledCq" | "pnlUd", say: (value: number) => string): string =>
    ACCOUNTS.map((name) => say(each[name][what])).join(" / ");
  return `outside: seed ${each.seed}, contracts ${ends("filledCq", contracts)}, P&L $ ${ends("pnlUd", dollars)}`;
}

function share(seeds: readonly Compared[], what: "filledCq" | "pnlUd"): string {
  const inside = seeds.filter((each) => isWithin(each, what)).length;
  return `${inside} of ${seeds.length} (${((inside / seeds.length) * 100).toFixed(1)}%)`;
}

function sum(outcomes: readonly Outcome[], what: "filledCq" | "pnlUd"): number {
  return outcomes.reduce((total, outcome) => total + outcome[what], 0);
}

const contracts = (countCq: number): string => (countCq / 100).toFixed(2);
const dollars = (amountUd: number): string => (amountUd / 1e6).toFixed(2);

function row(name: string, count: string, money: string): string {
  return `${name.padEnd(12)} ${count.padStart(10)} ${money.padStart(10)}`;
}
