import { VOL_ESTIMATORS } from "../../../src/core/vol/estimators/registry.ts";
import type { Bench, Suite } from "../bench.ts";
import { type Child, numberAt, startNode, withChildren } from "../child.ts";
import { figure, median, type Samples, type Target } from "../line.ts";
import { inRounds } from "../rounds.ts";

/** One line of the suite: what a process does again and again, and how long once may take. */
interface Work {
  /** Line without its unit. */
  readonly name: string;
  /** Arguments of `subjects/model.ts`. */
  readonly args: readonly string[];
  /** What every request says beside the count. */
  readonly request: object;
  readonly count: number;
  readonly target?: Target;
  /** A line in microseconds; else in nanoseconds. */
  readonly unit?: "us";
}

const UPDATES = 400_000;
const TICKS = 4_000_000;
const EXPS = 10_000_000;
const PROBABILITIES = 2_000_000;
const LADDERS = 4_000;
/** What `Math.exp` takes where the bounds were set; a machine, or an hour, that is slower has as much more time for the rest. */
const EXP_NS = 10.5;
/** Runs that are not counted: the first ones are interpreted. */
const WARM_UPS = 2;

const SIGMA_NS: Target = { id: "sigma", op: "<=", bound: 200 };

/** Prices that each complete a return, by estimator, and prices of a feed, of which one in a hundred does. */
const SIGMA: readonly Work[] = [
  ...Object.keys(VOL_ESTIMATORS).map((name) => ({
    name: `sigma update, ${name}`,
    args: ["sigma", name],
    request: { every: "grid" },
    count: UPDATES,
    target: SIGMA_NS,
  })),
  {
    name: "sigma per tick of a feed, cascade",
    args: ["sigma", "cascade"],
    request: { every: "tick" },
    count: TICKS,
  },
];

/** One threshold from its inputs, and all strikes of an hourly event off one look, as a new second makes them. */
const PRICING: readonly Work[] = [
  {
    name: "threshold probability",
    args: ["threshold"],
    request: {},
    count: PROBABILITIES,
    target: { id: "p", op: "<=", bound: 1_000 },
  },
  {
    name: "188 strikes repriced",
    args: ["ladder", "p"],
    request: {},
    count: LADDERS,
    target: { id: "event", op: "<=", bound: 100 },
    unit: "us",
  },
  {
    name: "188 strikes with intervals",
    args: ["ladder", "interval"],
    request: {},
    count: LADDERS,
    unit: "us",
  },
];

/** Every line of the suite: a row here, and what it does in `subjects/model.ts`. */
const WORKS: readonly Work[] = [...SIGMA, ...PRICING];

/** The arithmetic of the model, in nanoseconds, with what a bare `Math.exp` of the same rounds takes beside it. */
export const modelSuite: Suite = {
  name: "model",
  async run(bench) {
    for (const work of WORKS) await measure(bench, work);
  },
};

async function measure(bench: Bench, work: Work): Promise<void> {
  const own = startNode(work.name, bench.subject("model"), work.args);
  const exp = startNode("exp", bench.subject("model"), ["exp"]);
  const ask = async (child: Child): Promise<number> => {
    const request = child === own ? { ...work.request, count: work.count } : { count: EXPS };
    return numberAt(await child.ask(request), "ns");
  };
  const children = [own, exp];
  await withChildren(children, async () => {
    for (let i = 0; i < WARM_UPS; i++) for (const child of children) await ask(child);
    sayTime(bench, work, await inRounds(children, bench.rounds, ask));
  });
}

/**
 * Judged in the unit of the line, at the clock that its bound is of: nanoseconds of two hours cannot be compared. Each round
 * has its own clock, because the machine's changes while one is measured.
 */
function sayTime(bench: Bench, { name, target, unit }: Work, samples: Samples): void {
  const [own = [], exp = []] = [...samples.values()];
  const ratios = own.map((ns, round) => ns / (exp[round] ?? Number.NaN));
  const range = `[${times(Math.min(...ratios))}..${times(Math.max(...ratios))}]`;
  const inUnit = unit === "us" ? 1_000 : 1;
  const value = median(own) / inUnit;
  const atClock = own.map((ns, round) => ns * Math.min(1, EXP_NS / (exp[round] ?? Number.NaN)));
  const judged = median(atClock) / inUnit;
  bench.say(
    figure({
      suite: "model",
      name: `${name} ${unit ?? "ns"}`,
      value,
      judged,
      ...(target === undefined ? {} : { target }),
      notes: [
        `Math.exp ${median(exp).toFixed(2)} ns`,
        times(median(ratios)),
        range,
        ...(judged < value ? [`${judged.toPrecision(3)} where it is ${EXP_NS}`] : []),
      ],
    }),
  );
}

function times(value: number): string {
  return `${value.toFixed(1)}x`;
}
