import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { FEE_FUNCTIONS } from "./vectors/fees.ts";
import { FILL_FUNCTIONS } from "./vectors/fills.ts";
import { LEARNER_FUNCTIONS } from "./vectors/learners.ts";
import { PAIRED_FUNCTIONS } from "./vectors/paired.ts";
import { PERFORMANCE_FUNCTIONS } from "./vectors/performance.ts";
import { PROB_FUNCTIONS } from "./vectors/prob.ts";
import { type ScoreCard, scoreCard, tableOf } from "./vectors/score-card.ts";
import { SCORE_FUNCTIONS } from "./vectors/scores.ts";
import { SEQUENTIAL_FUNCTIONS } from "./vectors/sequential.ts";
import { SIZING_FUNCTIONS } from "./vectors/sizing.ts";
import type { VectorCase, VectorFunctions } from "./vectors/vector-case.ts";
import { VOL_FUNCTIONS } from "./vectors/vol.ts";

// The reference vectors through the product's own functions: every file, every case, at the tolerance that the case
// states. The whole collection lives beside the repository; an excerpt of up to five cases per function is committed in
// tests/fixtures/vectors, so that no function is untested without it. The adapters in ./vectors only translate units and
// shapes.

const MAPS: readonly VectorFunctions[] = [
  PROB_FUNCTIONS,
  VOL_FUNCTIONS,
  FEE_FUNCTIONS,
  SIZING_FUNCTIONS,
  FILL_FUNCTIONS,
  SCORE_FUNCTIONS,
  PAIRED_FUNCTIONS,
  SEQUENTIAL_FUNCTIONS,
  PERFORMANCE_FUNCTIONS,
  LEARNER_FUNCTIONS,
];
const FUNCTIONS: VectorFunctions = Object.assign({}, ...MAPS);

const LEARNERS_FILE = "learners.json";

function casesOf(folder: URL, file: string): readonly VectorCase[] {
  const { cases } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as {
    cases: readonly VectorCase[];
  };
  return cases;
}

function checkAll(title: string, folder: URL): void {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .toSorted();
  const cards: ScoreCard[] = [];

  test.each(files)("%s", (file) => {
    const card = scoreCard(file, casesOf(folder, file), FUNCTIONS);
    cards.push(card);
    expect(card.failed).toEqual([]);
    expect(card.cases).toBeGreaterThan(0);
  });

  test("no function is without a case, none is registered twice", () => {
    const tested = new Set(files.flatMap((file) => casesOf(folder, file).map(({ fn }) => fn)));
    // The excerpt may do without the learners, whose cases are large.
    const wanted = MAPS.filter((map) => map !== LEARNER_FUNCTIONS || files.includes(LEARNERS_FILE));
    expect([...tested].toSorted()).toEqual(wanted.flatMap((map) => Object.keys(map)).toSorted());
  });

  afterAll(() => {
    process.stdout.write(`\n${tableOf(title, cards)}\n`);
  });
}

const excerpt = new URL("../fixtures/vectors/", import.meta.url);
describe("excerpt of the reference vectors", () => checkAll("excerpt", excerpt));

const whole = new URL("../../../shared/reference/vectors/", import.meta.url);
if (existsSync(whole)) {
  describe("reference vectors", () => checkAll("reference vectors", whole));
} else {
  describe("reference vectors", () => {
    test.skip("NOT RUN: ../shared/reference/vectors is absent, only the excerpt was checked", () => {});
  });
}
