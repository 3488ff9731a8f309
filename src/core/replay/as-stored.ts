import type { Opportunity } from "../records.ts";
import { money } from "../units.ts";

const E6 = 1e6;
const E9 = 1e9;
const E12 = 1e12;

/** To one part in `scale`, as the database keeps it. */
export function roundedTo(value: number | null, scale: number): number | null {
  return value === null ? null : Math.round(value * scale) / scale;
}

/**
 * The evaluation as it reads back from the database: probabilities to 1e-9, sigma to 1e-12, EV to a micro-dollar.
 * Comparing a replay with a stored run must round both alike.
 */
export function asStored(row: Opportunity): Opportunity {
  return {
    ...row,
    tauS: Math.round(row.tauS * 1e3) / 1e3,
    spotUsd: roundedTo(row.spotUsd, E6),
    sigma: roundedTo(row.sigma, E12),
    pModel: roundedTo(row.pModel, E9),
    pLow: roundedTo(row.pLow, E9),
    pHigh: roundedTo(row.pHigh, E9),
    pStrategy: roundedTo(row.pStrategy, E9),
    cost: row.cost === null ? null : money(row.cost),
    ev: roundedTo(row.ev, E6),
    basisMean: roundedTo(row.basisMean, E9),
    basisSd: roundedTo(row.basisSd, E9),
  };
}
