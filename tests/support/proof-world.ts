import { normCdf, normInv } from "../../src/core/prob/normal.ts";
import type { PricedRow, ProofRow } from "../../src/core/proof/rows.ts";
import { mulberry32, type Rng } from "../../src/core/rng.ts";
import { money } from "../../src/core/units.ts";
import { aProofRow } from "./proof-rows.ts";

// Quarter-hour windows of two markets looked at four times, as in `kbt paper --sim`: prices of the underlying are correlated,
// and a chance moves as it must, so that it is always that of what follows.

/**
 * `model`: the model is right and the market errs, by as much as gives a net edge above 3 cents one look in eight, like
 * scenario `edge`. `market`: the other way round. `costs`: what is asked is exactly what it is worth: the hardest null.
 */
export type Right = "model" | "market" | "costs";

const TEMPLATE = aProofRow();
const LOOKS_S = [720, 480, 300, 180];
const QUARTER_S = 900;
const START_MS = Date.UTC(2026, 0, 5);
const CORRELATION = 0.8;
/** Of the probability of whoever errs, as in `edge`. */
const ERROR_SD = 0.036;
const EV_MIN = 0.03;
const HALF_SPREAD = 0.01;
const FEE_RATE = 0.07;

export function proofWorld({
  count,
  right,
  seed,
  errorSd = ERROR_SD,
}: {
  readonly count: number;
  readonly right: Right;
  readonly seed: number;
  readonly errorSd?: number;
}): ProofRow[] {
  const rng = mulberry32(seed);
  return Array.from({ length: count }, (_, k) => windowRows(rng, { right, errorSd }, k)).flat();
}

function windowRows(
  rng: Rng,
  { errorSd, right }: { readonly right: Right; readonly errorSd: number },
  k: number,
): ProofRow[] {
  const closeMs = START_MS + (k + 1) * QUARTER_S * 1000;
  const places = [0, 0];
  const rows: (Omit<PricedRow, "outcome"> & { market: number })[] = [];
  let leftS = QUARTER_S;
  for (const tauS of [...LOOKS_S, 0]) {
    const common = normal(rng);
    for (const market of [0, 1]) {
      const own = CORRELATION * common + Math.sqrt(1 - CORRELATION ** 2) * normal(rng);
      places[market] = (places[market] ?? 0) + own * Math.sqrt((leftS - tauS) / QUARTER_S);
      if (tauS === 0) continue;
      const chance = normCdf((places[market] ?? 0) / Math.sqrt(tauS / QUARTER_S));
      const ticker = `${market === 0 ? "KXBTC15M" : "KXSOL15M"}-${k}`;
      const row = lookedAt({ chance, right, error: errorSd * normal(rng) });
      if (row !== null)
        rows.push({ ...row, ticker, market, closeMs, tauS, atMs: closeMs - tauS * 1000 });
    }
    leftS = tauS;
  }
  const window = new Date(closeMs).toISOString();
  return rows.map(({ market, ...row }) => ({
    ...row,
    seriesTicker: row.ticker.slice(0, 8),
    window,
    outcome: (places[market] ?? 0) > 0 ? 1 : 0,
  }));
}

type Look = { readonly chance: number; readonly error: number; readonly right: Right };

function lookedAt({ chance, error, right }: Look): Omit<PricedRow, "outcome"> | null {
  const wrong = chance + error;
  // Nobody quotes what is all but decided.
  if ([wrong, chance].some((one) => one < 0.02 || one > 0.98)) return null;
  const p = right === "model" ? chance : wrong;
  const q = right === "model" ? wrong : chance;
  const side = p > q ? "yes" : "no";
  const paid = side === "yes" ? q : 1 - q;
  const cost = right === "costs" ? paid : paid + HALF_SPREAD + FEE_RATE * q * (1 - q);
  const ev = (side === "yes" ? p : 1 - p) - cost;
  const isTrade = ev >= EV_MIN;
  return {
    ...TEMPLATE,
    p,
    pModel: p,
    pMarket: q,
    q,
    pLow: shifted(p, 1 / 0.85),
    pHigh: shifted(p, 1 / 1.15),
    side,
    cost: money(Math.round(cost * 1e6)),
    ev,
    decision: isTrade ? "trade" : "no_trade",
    reason: isTrade ? "edge" : "ev_below_min",
  };
}

/** With another sigma the same distance is another number of them. */
function shifted(p: number, factor: number): number {
  return normCdf(normInv(p) * factor);
}

/** Standard normal by inversion. */
function normal(rng: Rng): number {
  return normInv(Math.min(1 - 1e-12, Math.max(1e-12, rng.next())));
}
