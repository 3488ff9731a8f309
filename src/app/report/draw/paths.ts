import type { Scale } from "./scale.ts";
import type { Point } from "./thin.ts";

// `d` of paths, in the units of the scales with one decimal: a plot is a thousand units wide, and finer is not seen.

interface Scales {
  readonly x: Scale;
  readonly y: Scale;
}

/** Straight from point to point; a value that is not finite interrupts the line. */
export function linePath(points: readonly Point[], scales: Scales): string {
  let d = "";
  let isDrawing = false;
  for (const { x, y } of points) {
    if (Number.isFinite(x) && Number.isFinite(y)) {
      d += `${isDrawing ? "L" : "M"}${pair(x, y, scales)}`;
      isDrawing = true;
    } else isDrawing = false;
  }
  return d;
}

/** Level until the next point, and then there at once: what an account does, and a fitted step. */
export function stepPath(points: readonly Point[], scales: Scales): string {
  return points
    .map(({ x, y }, i) =>
      i === 0 ? `M${pair(x, y, scales)}` : `H${short(scales.x(x))}V${short(scales.y(y))}`,
    )
    .join("");
}

export interface Strip {
  readonly x: number;
  readonly lower: number;
  readonly upper: number;
}

/** The area between the bounds; nothing of fewer than two places. */
export function bandPath(strips: readonly Strip[], scales: Scales): string {
  if (strips.length < 2) return "";
  const there = strips.map(({ upper, x }) => pair(x, upper, scales));
  const back = strips.toReversed().map(({ lower, x }) => pair(x, lower, scales));
  return `M${[...there, ...back].join("L")}Z`;
}

function pair(x: number, y: number, scales: Scales): string {
  return `${short(scales.x(x))} ${short(scales.y(y))}`;
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}
