import type { WorldMarket } from "../world.ts";

/** Orderable prices of a market by index; symmetric, so that `count − 1 − i` is the price of the other side. */
export interface PriceGrid {
  readonly prices: Int32Array;
  readonly count: number;
  /** Index of the highest price not above `cc`, −1 below the lowest. */
  floorIndex(cc: number): number;
}

const TAPERED_LOW = 99;
const TAPERED_TOP = 179;

function taperedFloor(cc: number): number {
  if (cc < 10) return -1;
  if (cc < 1000) return Math.floor(cc / 10) - 1;
  if (cc < 9000) return TAPERED_LOW + Math.floor((cc - 1000) / 100);
  return Math.min(TAPERED_TOP + Math.floor((cc - 9000) / 10), 278);
}

function taperedPrices(): Int32Array {
  const prices: number[] = [];
  for (let cc = 10; cc < 1000; cc += 10) prices.push(cc);
  for (let cc = 1000; cc < 9000; cc += 100) prices.push(cc);
  for (let cc = 9000; cc < 10_000; cc += 10) prices.push(cc);
  return Int32Array.from(prices);
}

function evenGrid(stepCc: number): PriceGrid {
  const count = 10_000 / stepCc - 1;
  return {
    prices: Int32Array.from({ length: count }, (_, index) => (index + 1) * stepCc),
    count,
    floorIndex: (cc) => Math.max(-1, Math.min(Math.floor(cc / stepCc) - 1, count - 1)),
  };
}

const GRIDS: Readonly<Record<WorldMarket["structure"], PriceGrid>> = {
  linear_cent: evenGrid(100),
  deci_cent: evenGrid(10),
  tapered_deci_cent: { prices: taperedPrices(), count: 279, floorIndex: taperedFloor },
};

export function gridOf(structure: WorldMarket["structure"]): PriceGrid {
  return GRIDS[structure];
}

/** Index of exactly this price, −1 when it is not on the grid. */
export function indexOfPrice(grid: PriceGrid, cc: number): number {
  const index = grid.floorIndex(cc);
  return grid.prices[index] === cc ? index : -1;
}
