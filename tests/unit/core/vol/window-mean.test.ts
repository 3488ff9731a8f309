import { expect, test } from "vitest";
import { mulberry32 } from "../../../../src/core/rng.ts";
import { WindowMean } from "../../../../src/core/vol/window-mean.ts";

test("it is the mean over the buckets of the window, in whatever order they are filled", () => {
  const rng = mulberry32(3);
  const window = new WindowMean({ bucketMs: 1_000, buckets: 10 });
  const seen: { readonly bucket: number; readonly squared: number; readonly seconds: number }[] =
    [];
  let newest = 0;
  for (let i = 0; i < 2_000; i++) {
    const bucket = Math.max(0, Math.floor(i / 15) + Math.floor(rng.next() * 14) - 12);
    const one = { bucket, squared: rng.next(), seconds: 1 + Math.floor(rng.next() * 5) };
    window.add(bucket * 1_000 + 1 + Math.floor(rng.next() * 1_000), one.squared, one.seconds);
    // What came too late for the window is gone for good.
    if (one.bucket > newest - 10) seen.push(one);
    newest = Math.max(newest, one.bucket);
    if (rng.next() < 0.5) continue;
    const inside = seen.filter((each) => each.bucket > newest - 10);
    const seconds = inside.reduce((sum, each) => sum + each.seconds, 0);
    const squares = inside.reduce((sum, each) => sum + each.squared, 0);
    expect(window.coveredS).toBe(seconds);
    expect(window.value).toBeCloseTo(squares / seconds, 10);
  }
});

test("it is NaN while nothing is covered", () => {
  expect(new WindowMean({ bucketMs: 1_000, buckets: 3 }).value).toBeNaN();
});
