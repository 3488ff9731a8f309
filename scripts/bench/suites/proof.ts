import { writeFileSync } from "node:fs";
import path from "node:path";
import { mulberry32 } from "../../../src/core/rng.ts";
import type { Suite } from "../bench.ts";
import { type Child, numberAt, startNode, withChildren } from "../child.ts";
import { compare, type Target } from "../line.ts";
import { startNumpy } from "../python.ts";
import { inRounds } from "../rounds.ts";

const ROWS = 100_000;
const WINDOWS = 1_000;
const RESAMPLES = 10_000;
/** Runs that are not counted: the first ones are interpreted. */
const WARM_UPS = 2;
/** Of the interval's width: two generators draw two samples of one law. */
const AGREE_MAX = 0.1;

const FASTER: Target = { id: "bootstrap", op: ">=", bound: 1 };

/** The bootstrap of whole settlements that `kbt calibrate` makes, against numpy doing the same; CPU time, both on one core. */
export const proofSuite: Suite = {
  name: "proof",
  async run(bench) {
    const file = path.join(bench.folder, "differences.bin");
    writeFileSync(file, differences());
    const numpy = startNumpy("numpy");
    const children = [
      startNode("kbt", bench.subject("proof"), []),
      ...(numpy === null ? [] : [numpy]),
    ];
    await withChildren(children, async () => {
      const intervals = new Map<string, number>();
      const ask = async (child: Child): Promise<number> => {
        const answer = await child.ask({ file, count: RESAMPLES });
        intervals.set(child.name, numberAt(answer, "upper") - numberAt(answer, "lower"));
        return RESAMPLES / numberAt(answer, "cpuMs");
      };
      for (let i = 0; i < WARM_UPS; i++) for (const child of children) await ask(child);
      const samples = await inRounds(children, bench.rounds, ask);
      mustAgree(intervals);
      const name = "resamples of 1,000 windows k/s";
      bench.say(
        compare({
          suite: "proof",
          name,
          samples,
          subject: "kbt",
          against: "numpy",
          target: FASTER,
        }),
      );
    });
  },
};

function mustAgree(widths: ReadonlyMap<string, number>): void {
  const [own, ...others] = widths.values();
  for (const other of others) {
    if (own !== undefined && Math.abs(other / own - 1) < AGREE_MAX) continue;
    throw new Error(`intervals differ: ${JSON.stringify([...widths])}`);
  }
}

/** Rows of windows that have between a few and two hundred of them, with luck that they share. */
function differences(): Float64Array {
  const rng = mulberry32(7);
  const shared = Float64Array.from({ length: WINDOWS }, () => rng.next() - 0.5);
  const numbers = new Float64Array(2 * ROWS);
  for (let i = 0; i < ROWS; i++) {
    const window = Math.floor(WINDOWS * Math.sqrt(rng.next()));
    numbers[i] = (shared[window] ?? 0) + rng.next() - 0.49;
    numbers[ROWS + i] = window;
  }
  return numbers;
}
