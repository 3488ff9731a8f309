import type { Interval } from "../../core/proof/proof.ts";

// Numbers of a proof as people read them.

export const four = (value: number | null): string => (value === null ? "" : value.toFixed(4));

export const signed = (value: number | null): string =>
  value === null ? "" : `${value >= 0 ? "+" : ""}${value.toFixed(4)}`;

/** Dollars of a contract in cents. */
export const cents = (dollars: number | null): string =>
  dollars === null ? "" : `${dollars >= 0 ? "+" : ""}${(dollars * 100).toFixed(1)} c`;

export const centsBetween = (interval: Interval | null): string =>
  interval === null
    ? ""
    : `${(interval.lower * 100).toFixed(1)} to ${(interval.upper * 100).toFixed(1)}`;

export const between = (interval: Interval | null, digits = 4): string =>
  interval === null ? "" : `${interval.lower.toFixed(digits)} to ${interval.upper.toFixed(digits)}`;

export const chance = (p: number | null | undefined): string =>
  p === null || p === undefined ? "" : p < 0.001 ? "<0.001" : p.toFixed(3);
