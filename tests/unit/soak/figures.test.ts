import { expect, test } from "vitest";
import { growthOf } from "../../../scripts/soak/operate/figures.ts";
import type { Sample } from "../../../scripts/soak/operate/sample.ts";

const LOOK_MS = 5_000;
const HOUR_MS = 3_600_000;

function sample(atMs: number, residentMb: number): Sample {
  return {
    atMs,
    name: "collect",
    life: 1,
    residentMb,
    cpuS: 0,
    waitedS: 0,
    threads: 1,
    files: 1,
    page: null,
    heldMb: null,
    pagesMb: null,
    databaseMb: 0,
    walMb: 0,
  };
}

/** What is kept grows by `perHour`; what is rubbish comes and goes above it, and is least once in two minutes. */
function looks(fromMs: number, toMs: number, perHour: number): readonly Sample[] {
  const all: Sample[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += LOOK_MS) {
    const rubbish = (atMs % 120_000) / 10_000;
    all.push(sample(atMs, 100 + (perHour * (atMs - (atMs % 120_000))) / HOUR_MS + rubbish));
  }
  return all;
}

const resident = ({ residentMb }: Sample): number => residentMb;

test.each([0, 3.5, -2])("growth by %d an hour is that of what is kept", (perHour) => {
  expect(growthOf(looks(600_000, 4_200_000, perHour), resident)?.floorSlope).toBeCloseTo(perHour);
});

test("the last looks of a run are no floor, nor the first of a window that was half over", () => {
  const whole = looks(600_000, 4_200_000, 0);
  // Without rubbish taken away these stand 10 above every floor.
  const [begun, ended] = [looks(550_000, 600_000, 0), looks(4_300_000, 4_310_000, 0)];
  const growth = growthOf([...begun, ...whole, ...ended], resident);
  expect(growth?.most).toBeGreaterThan(110);
  expect(growth?.floorSlope).toBeCloseTo(0);
});

test("of less than three whole windows nothing is said", () => {
  expect(growthOf(looks(600_000, 900_000, 1), resident)?.floorSlope).toBeNull();
  expect(growthOf([], resident)).toBeNull();
});
