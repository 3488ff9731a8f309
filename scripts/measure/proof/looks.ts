import { tradesOf } from "../../../src/core/proof/conditions.ts";
import { evidenceOf } from "../../../src/core/proof/evidence.ts";
import type { Proof } from "../../../src/core/proof/proof.ts";
import { DEFAULT_PROOF_OPTIONS, proofOf } from "../../../src/core/proof/prove.ts";
import { type PricedRow, type ProofRow, profitOf } from "../../../src/core/proof/rows.ts";
import { mulberry32 } from "../../../src/core/rng.ts";

// One history, looked at after every window. The wealth and the fixed-n tests are followed by running sums; the whole verdict is
// asked only where they allow one, which changes nothing in the answer.

/** Bands are not looked at here, and bootstraps decide nothing; the simulated worlds behind one p-value may be fewer. */
const OPTIONS = { ...DEFAULT_PROOF_OPTIONS, draws: 100, resamples: 0 };
const CONFIRM_WINDOWS = 300;
const FIXED_WINDOWS = 400;
const Z_LOWER = 1.96;

export interface Looks {
  /** At any look: the wealth sufficed with windows enough; all conditions were met. */
  readonly evidence: boolean;
  readonly confirmed: boolean;
  /** The same with the route of models.md §4.10 that knows nothing of looking often. */
  readonly fixed: boolean;
  readonly fixedConfirmed: boolean;
}

export function lookAtAll(rows: readonly ProofRow[]): Looks {
  const closes = closesOf(rows);
  const allowed = { evidence: closesWithWealth(rows, closes), fixed: closesByFixedN(rows) };
  return {
    evidence: allowed.evidence.length > 0,
    confirmed: allowed.evidence.some((closeMs) => verdictAt(rows, closeMs).name === "CONFIRMED"),
    fixed: allowed.fixed.length > 0,
    // Every tenth look: these are many, and stay open for long.
    fixedConfirmed: allowed.fixed
      .filter((_, i) => i % 10 === 0)
      .some((closeMs) => isConfirmedButForWealth(verdictAt(rows, closeMs))),
  };
}

const LOOK_EVERY = 25;

/** Windows until the first CONFIRMED, to the next 25, and what a test of fixed n would have taken. */
export function firstConfirmed(rows: readonly ProofRow[]) {
  const closes = closesOf(rows);
  const allowed = closesWithWealth(rows, closes);
  let at: number | null = null;
  for (const [i, closeMs] of closes.entries()) {
    if (i % LOOK_EVERY !== 0 || !allowed.includes(closeMs)) continue;
    if (verdictAt(rows, closeMs).name !== "CONFIRMED") continue;
    at = i + 1;
    break;
  }
  const perWindow = [...byWindow(tradesOf(rows)).values()].map(
    (own) => own.reduce((sum, row) => sum + profitOf(row), 0) / own.length,
  );
  const mean = perWindow.reduce((sum, one) => sum + one, 0) / perWindow.length;
  const variance = perWindow.reduce((sum, one) => sum + (one - mean) ** 2, 0) / perWindow.length;
  const tradedShare = perWindow.length / closes.length;
  return { windowsNeeded: at, tradedShare, fixedN: (6.18 * variance) / mean ** 2 / tradedShare };
}

/** Whether the lower bound of profit ever stands above 0, of contracts that cost what they are worth. */
export function isEverAbove(seed: number, last: number): boolean {
  const rng = mulberry32(seed);
  const profit = new RunningRatio();
  for (let k = 0; k < last; k++) {
    const cost = 0.2 + 0.6 * rng.next();
    profit.add((rng.next() < cost ? 1 : 0) - cost, 1);
    if (profit.count >= FIXED_WINDOWS && profit.lower() > 0) return true;
  }
  return false;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}

function closesOf(rows: readonly ProofRow[]): number[] {
  return [...new Set(rows.map(({ closeMs }) => closeMs))];
}

/** Closes after which the wealth stands where it must, with windows enough. */
function closesWithWealth(rows: readonly ProofRow[], closes: readonly number[]): number[] {
  const { logThreshold, path } = evidenceOf(tradesOf(rows), { versions: 1, closes });
  return path
    .filter(({ logE }, i) => i + 1 >= CONFIRM_WINDOWS && logE >= logThreshold)
    .map(({ atMs }) => atMs);
}

/** Closes after which both fixed-n bounds are above 0: theta's, and that of the mean profit (its bootstrap is as wide). */
function closesByFixedN(rows: readonly ProofRow[]): number[] {
  const theta = new RunningRatio();
  const profit = new RunningRatio();
  const allowed: number[] = [];
  for (const [closeMs, own] of byWindow(tradesOf(rows))) {
    const sum = (valueOf: (row: PricedRow) => number): number =>
      own.reduce((total, row) => total + valueOf(row), 0);
    theta.add(
      sum(({ outcome, p, q }) => (p - q) * (outcome - q)),
      sum(({ p, q }) => (p - q) ** 2),
    );
    profit.add(sum(profitOf), own.length);
    if (theta.count >= FIXED_WINDOWS && theta.lower() > 0 && profit.lower() > 0) {
      allowed.push(closeMs);
    }
  }
  return allowed;
}

/** Σa/Σb over windows with its CR1 error, from sums alone. */
class RunningRatio {
  count = 0;
  #a = 0;
  #b = 0;
  #aa = 0;
  #ab = 0;
  #bb = 0;

  add(a: number, b: number): void {
    this.count++;
    this.#a += a;
    this.#b += b;
    this.#aa += a * a;
    this.#ab += a * b;
    this.#bb += b * b;
  }

  lower(): number {
    const ratio = this.#a / this.#b;
    const squares = this.#aa - 2 * ratio * this.#ab + ratio * ratio * this.#bb;
    const se = Math.sqrt((this.count / (this.count - 1)) * squares) / this.#b;
    return ratio - Z_LOWER * se;
  }
}

function byWindow(trades: readonly PricedRow[]): ReadonlyMap<number, readonly PricedRow[]> {
  const windows = new Map<number, PricedRow[]>();
  for (const row of trades) {
    const own = windows.get(row.closeMs);
    if (own === undefined) windows.set(row.closeMs, [row]);
    else own.push(row);
  }
  return windows;
}

function verdictAt(rows: readonly ProofRow[], closeMs: number): Proof["verdict"] {
  const known = rows.filter((row) => row.closeMs <= closeMs);
  const counts = { evaluated: 0, with_probability: 0, at_decision_time: 0 };
  const coverage = { markets: 0, settledMarkets: 0, settledWindows: 0, leftOut: [] };
  const versionOf = new Map([[1, "only"]]);
  return proofOf(
    {
      forecaster: "model",
      rows: known,
      filled: [],
      versionOf,
      realised: [],
      isReplay: false,
      counts,
      coverage,
    },
    OPTIONS,
  ).verdict;
}

function isConfirmedButForWealth({ conditions, kills }: Proof["verdict"]): boolean {
  const isMet = conditions.every(({ met, name }) => met || name === "evidence");
  return isMet && !kills.some(({ met }) => met);
}
