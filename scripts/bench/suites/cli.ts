import { spawnSync } from "node:child_process";
import path from "node:path";
import type { Suite } from "../bench.ts";
import { ROOT } from "../bundle.ts";
import { compare, median, type Target } from "../line.ts";

const STARTS = 5;
const EMPTY: readonly string[] = ["-e", "0"];
const KBT = path.join(ROOT, "bin/kbt.js");

/** How long a command takes that does next to nothing, against Node that does nothing. */
export const cliSuite: Suite = {
  name: "cli",
  async run(bench) {
    const db = path.join(bench.folder, "cli.sqlite");
    start([KBT, "collect", "--sim", "--sim-speed", "max", "--seconds", "1", "--db", db]);
    const commands: readonly (readonly [name: string, args: readonly string[], bound: number])[] = [
      ["--help", [KBT, "--help"], 1.35],
      ["ledger", [KBT, "ledger", "--db", db], 1.6],
    ];
    for (const [name, args, bound] of commands) {
      const target: Target = { id: "T14", op: "<=", bound };
      const samples = new Map<string, number[]>([
        [name, []],
        ["node", []],
      ]);
      start(args);
      for (let round = 0; round < bench.rounds; round++) {
        const turns: [string, readonly string[]][] = [
          [name, args],
          ["node", EMPTY],
        ];
        for (const [who, what] of round % 2 === 0 ? turns : turns.toReversed()) {
          samples.get(who)?.push(median(Array.from({ length: STARTS }, () => start(what))));
        }
      }
      bench.say(
        compare({
          suite: "cli",
          name: `${name} ms`,
          samples,
          subject: name,
          against: "node",
          target,
        }),
      );
    }
  },
};

/** Milliseconds from spawn to exit; throws when the command failed. */
function start(args: readonly string[]): number {
  const from = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - from;
}
