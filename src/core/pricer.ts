import type { AssetState } from "./asset-state.ts";
import { isUpDown, type Market } from "./market.ts";
import { boundsOf } from "./prob/bounds.ts";
import { type Chances, chancesOf } from "./prob/market-prob.ts";
import {
  type KnownPrints,
  type MarketLaw,
  type ModelInputs,
  type Outlook,
  outlookOf,
} from "./prob/outlook.ts";
import type { ModelProblem } from "./prob/problem.ts";
import { upDownChances } from "./prob/unpublished.ts";
import type { Ms, Sigma, Usd } from "./units.ts";

/** Inputs that stand against a probability although it could be computed. */
type InputProblem = ModelProblem | "spot_stale" | "spot_late" | "sigma_floor" | "sigma_cap";

/** What a market is worth and on what that rests: with the strike, all that its probability was computed from. */
export interface Priced {
  readonly spotUsd: Usd | null;
  readonly spotAgeMs: Ms | null;
  /** Null while it is not known. */
  readonly sigma: Sigma | null;
  readonly basisMean: number;
  readonly basisSd: number;
  /** Seconds to the last print of the settlement average, which need not be the close; negative after the close. */
  readonly lastPrintS: number;
  readonly known: KnownPrints | null;
  /** Of the minute before the open; only where the strike is not published. */
  readonly reference: KnownPrints | null;
  /** Null exactly when there is a problem. */
  readonly chances: Chances | null;
  readonly problem: InputProblem | null;
}

/** One underlying at one moment, for everything that settles at one instant. */
interface Look {
  readonly asset: AssetState;
  readonly revision: number;
  readonly closeMs: Ms;
  readonly nowMs: Ms;
  readonly law: MarketLaw;
  readonly inputs: Pick<
    Priced,
    "spotUsd" | "spotAgeMs" | "sigma" | "basisMean" | "basisSd" | "lastPrintS" | "known"
  >;
  readonly outlook: Outlook | InputProblem;
}

/**
 * Prices markets off one look at their underlying, which is kept while nothing changes: the strikes of an event are so
 * priced alike, and for the price of one.
 */
export class Pricer {
  readonly #staleSpotMs: Ms;
  #look: Look | null = null;

  constructor(staleSpotMs: Ms) {
    this.#staleSpotMs = staleSpotMs;
  }

  price(market: Market, asset: AssetState, nowMs: Ms, law: MarketLaw): Priced {
    const look = this.#lookAt(market.closeMs, asset, nowMs, law);
    const { inputs, outlook } = look;
    const bounds = boundsOf(market);
    if (bounds === "strike_tbd" && isUpDown(market)) {
      return unpublished(market, look);
    }
    if (typeof bounds === "string") return refused(inputs, bounds);
    if (typeof outlook === "string") return refused(inputs, outlook);
    return pricedOf(inputs, null, chancesOf(bounds, outlook), null);
  }

  #lookAt(closeMs: Ms, asset: AssetState, nowMs: Ms, law: MarketLaw): Look {
    const last = this.#look;
    if (
      last !== null &&
      last.asset === asset &&
      last.revision === asset.revision &&
      last.closeMs === closeMs &&
      last.nowMs === nowMs &&
      last.law === law
    ) {
      return last;
    }
    const inputs = inputsOf(asset, closeMs, nowMs);
    const { revision } = asset;
    const problem = this.#problem(asset, closeMs, nowMs);
    const outlook = problem ?? outlookOf(modelInputs(inputs, law));
    this.#look = { asset, revision, closeMs, nowMs, law, inputs, outlook };
    return this.#look;
  }

  #problem(asset: AssetState, closeMs: Ms, nowMs: Ms): InputProblem | null {
    const { basis, heardMs } = asset;
    if (basis.spotUsd === null) return "no_spot";
    const lateMs = heardMs - basis.spotMs;
    const age = ageProblem({ heardMs, lateMs, nowMs }, this.#staleSpotMs);
    if (age !== null) return `spot_${age}`;
    const { ready, flag } = asset.vol.sigma(horizonOf(closeMs - nowMs));
    if (!ready) return "no_sigma";
    return flag === "floor" || flag === "cap" ? `sigma_${flag}` : null;
  }
}

/** A market whose strike will be the average of the minute before its open. */
function unpublished(market: Market, { asset, inputs, law, nowMs, outlook }: Look): Priced {
  const reference = asset.basis.knownPrints(asset.lastPrintMs(market.openMs), nowMs);
  if (reference === null) return refused(inputs, "strike_tbd");
  if (typeof outlook === "string") return pricedOf(inputs, reference, null, outlook);
  const windowS = (market.closeMs - market.openMs) / 1000;
  const chances = upDownChances({ ...modelInputs(inputs, law), windowS, reference });
  if (typeof chances === "string") return pricedOf(inputs, reference, null, chances);
  return pricedOf(inputs, reference, chances, null);
}

/**
 * Rounded to what the database keeps of them, so that a probability can be computed again from its row to the last digit
 * (evaluation-rows.ts).
 */
function inputsOf(asset: AssetState, closeMs: Ms, nowMs: Ms): Look["inputs"] {
  const { basis, vol } = asset;
  const { ready, sigma } = vol.sigma(horizonOf(closeMs - nowMs));
  return {
    spotUsd: basis.spotUsd === null ? null : Math.round(basis.spotUsd * 1e6) / 1e6,
    // Rounded for the same reason as the age of the book (evaluate.ts).
    spotAgeMs: basis.spotUsd === null ? null : Math.round(nowMs - basis.spotMs),
    sigma: ready ? Math.round(sigma * 1e12) / 1e12 : null,
    basisMean: Math.round(basis.mean(nowMs) * 1e9) / 1e9,
    basisSd: Math.round(basis.sd(nowMs) * 1e9) / 1e9,
    lastPrintS: tauMsOf(asset, closeMs, nowMs) / 1000,
    known: basis.knownPrints(asset.lastPrintMs(closeMs), nowMs),
  };
}

/** Time to the last print: none when it has come and the market is still open, negative when the market is not. */
function tauMsOf(asset: AssetState, closeMs: Ms, nowMs: Ms): number {
  return closeMs < nowMs ? closeMs - nowMs : Math.max(0, asset.lastPrintMs(closeMs) - nowMs);
}

function modelInputs(inputs: Look["inputs"], law: MarketLaw): ModelInputs {
  return {
    spotUsd: inputs.spotUsd ?? Number.NaN,
    sigma: inputs.sigma ?? Number.NaN,
    tauS: inputs.lastPrintS,
    basisMean: inputs.basisMean,
    basisSd: inputs.basisSd,
    known: inputs.known,
    shape: law.shape,
    nu: law.nu,
  };
}

function refused(inputs: Look["inputs"], problem: InputProblem): Priced {
  return pricedOf(inputs, null, null, problem);
}

/**
 * Field by field: spreading an object and adding fields to it takes V8 about 4 µs, and puts what comes of it where only a
 * collection of everything finds it again (docs/performance.md).
 */
function pricedOf(
  inputs: Look["inputs"],
  reference: Priced["reference"],
  chances: Priced["chances"],
  problem: Priced["problem"],
): Priced {
  return {
    spotUsd: inputs.spotUsd,
    spotAgeMs: inputs.spotAgeMs,
    sigma: inputs.sigma,
    basisMean: inputs.basisMean,
    basisSd: inputs.basisSd,
    lastPrintS: inputs.lastPrintS,
    known: inputs.known,
    reference,
    chances,
    problem,
  };
}

/** Seconds that the volatility forecast is for, in whole minutes: the time of day moves no faster. */
function horizonOf(tauMs: Ms): number {
  return Math.max(1, Math.ceil(tauMs / 60_000)) * 60;
}

/**
 * Whether a source is too old to decide by: `stale` when it is silent, `late` when it talks of what was long ago
 * (reliability.md W4). Null when it is neither.
 */
export function ageProblem(
  source: { readonly heardMs: Ms; readonly lateMs: Ms; readonly nowMs: Ms },
  limitMs: Ms,
): "stale" | "late" | null {
  const silentMs = source.nowMs - source.heardMs;
  if (silentMs > limitMs) return "stale";
  return silentMs + source.lateMs > limitMs ? "late" : null;
}
