import { expect, test } from "vitest";
import { createBackoff } from "../../../../src/adapters/platform/backoff.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";

function waits(n: number, value: number): number[] {
  const backoff = createBackoff({ next: () => value });
  return Array.from({ length: n }, () => backoff.next(0));
}

test("the first retry comes within 250 ms, later ones double to 30 s", () => {
  expect(waits(10, 0.5)).toEqual([
    125, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
  ]);
});

test("jitter is ±25 %", () => {
  expect(waits(9, 0).at(-1)).toBe(22_500);
  const backoff = createBackoff(mulberry32(1));
  const many = Array.from({ length: 500 }, () => backoff.next(0)).slice(10);
  expect(Math.min(...many)).toBeGreaterThanOrEqual(22_500);
  expect(Math.max(...many)).toBeLessThanOrEqual(37_500);
});

test("only a minute of health starts the row again", () => {
  const backoff = createBackoff({ next: () => 0.5 });
  backoff.next(0);
  backoff.next(0);
  backoff.opened(1000);
  expect(backoff.next(60_999)).toBe(1000);
  backoff.opened(61_000);
  expect(backoff.next(121_000)).toBe(125);
});
