import { believable } from "../../core/prob/believable.ts";
import { type Bounds, boundsOf } from "../../core/prob/bounds.ts";
import { chancesOf } from "../../core/prob/market-prob.ts";
import { type Outlook, outlookOf } from "../../core/prob/outlook.ts";
import { kellyExclusive } from "../../core/sizing/kelly-exclusive.ts";
import type { MarketView } from "../../core/strategy.ts";
import { PRICE_ONE } from "../../core/units.ts";
import { type Implied, type ImpliedLaw, impliedFromLadder } from "../../core/vol/implied.ts";
import type { EnsembleParams } from "../ensemble.params.ts";
import {
  type Candidate,
  candidate,
  conclude,
  cutToDepth,
  type Entry,
  edgeGates,
} from "../entry.ts";
import { shareStake, sizeGates } from "../stake.ts";
import { pointsOf } from "./direction-mode.ts";
import { priceGates } from "./guardrails.ts";
import { entryFor, type Look, type Outcome } from "./look.ts";

// One event's brackets priced with the predicted volatility, where the market's own prices imply another. Those around spot
// that are cheap then are bought together, each with its part of one stake.

/** Predicted and implied are told apart under one law, that of `model.shape` unless it was changed. */
const LAW = { shape: "student", nu: 4 } as const;
/** Points of probability at one half to standard deviations. */
const SD_PER_POINT = Math.sqrt(2 * Math.PI);

/** One market of the event, with the values on which it pays. */
interface Rung {
  readonly view: MarketView;
  readonly bounds: Bounds;
}

/** One bracket at its ask. */
interface Leg {
  readonly entry: Entry;
  readonly best: Candidate | null;
  readonly failed: readonly string[];
}

export function judgeBracket(look: Look): Outcome {
  const { params, view } = look;
  const outlook = outlookFor(view, 0);
  if (typeof outlook === "string") return unusable(outlook);
  const rungs = rungsOf(view);
  const near = around(rungs, outlook.meanUsd, params.brackets_around);
  if (near === null) return unusable("no_centre");
  const own = near.find((rung) => isSame(rung.view, view));
  if (own === undefined) return { verdict: conclude(["off_centre"], null, null), isFinal: true };
  const { implied, reason } = impliedBy(rungs, view.lastPrintS);
  if (reason !== null) return unusable(`implied_${reason}`);
  const agrees = isNear(outlook, implied, params);
  const legs = near.map((rung) => legAt(rung, outlook, params));
  if (!agrees && legs.some(isWanted)) return buyOf(legs, look);
  // Nothing to be had for volatility alone: votes that agree may still tip the scale.
  const { direction, lean, why } = look.ballot();
  if (direction === null) {
    return buyOf(legs, look, agrees ? ["vol_agrees", why ?? "unconfirmed"] : []);
  }
  const moved = outlookFor(view, driftOf(lean, outlook, params));
  if (typeof moved === "string") return unusable(moved);
  const tipped = near.map((rung) => legAt(rung, moved, params));
  return buyOf(tipped, look);
}

function unusable(reason: string): Outcome {
  return { verdict: conclude([reason], null, null), isFinal: false };
}

/** The settlement average as the model's inputs have it, its logarithm moved by `drift`. */
function outlookFor(view: MarketView, drift: number): Outlook | string {
  const { basisMean, basisSd, known, lastPrintS: tauS, sigma, spotUsd } = view;
  return outlookOf({
    spotUsd: spotUsd ?? Number.NaN,
    sigma: sigma ?? Number.NaN,
    tauS,
    basisMean: basisMean + drift,
    basisSd,
    known,
    ...LAW,
  });
}

/** The markets of the event whose inputs and book can be used, by rising strike. */
function rungsOf(view: MarketView): readonly Rung[] {
  return view.event().flatMap((other) => {
    const bounds = boundsOf(other.market);
    return other.problem !== null || typeof bounds === "string" ? [] : [{ view: other, bounds }];
  });
}

function isSame(a: MarketView, b: MarketView): boolean {
  return a.market.ticker === b.market.ticker;
}

/** The bracket around the expected value with its neighbours; null when that bracket is not among them. */
function around(rungs: readonly Rung[], meanUsd: number, reach: number): readonly Rung[] | null {
  const brackets = rungs.filter(({ view }) => view.market.strikeType === "between");
  const at = brackets.findIndex(
    ({ bounds: { from, to } }) => meanUsd >= (from ?? 0) && meanUsd < (to ?? 0),
  );
  return at < 0 ? null : brackets.slice(Math.max(0, at - reach), at + reach + 1);
}

function impliedBy(rungs: readonly Rung[], tauS: number): Implied<ImpliedLaw> {
  const quotes = rungs.map(({ bounds: { from, to }, view }) => ({
    floorUsd: from,
    capUsd: to,
    bid: view.yesBid === null ? null : view.yesBid / PRICE_ONE,
    ask: view.yesAsk === null ? null : view.yesAsk / PRICE_ONE,
    size: Math.min(view.yesBidQty, view.yesAskQty) / 100,
  }));
  return impliedFromLadder({ quotes, tauS, law: LAW });
}

/** Compared as deviations of the settlement average, so that the error of the basis counts on both sides. */
function isNear(
  { meanUsd, spread }: Outlook,
  { sdUsd }: ImpliedLaw,
  { vol_gap_min }: EnsembleParams,
): boolean {
  return Math.abs(Math.log((spread.mid * meanUsd) / sdUsd)) < vol_gap_min;
}

function legAt({ bounds, view }: Rung, outlook: Outlook, params: EnsembleParams): Leg {
  const { atHighSigma, atLowSigma, p } = chancesOf(bounds, outlook);
  const entry = entryFor(view, params, {
    p: believable(p),
    atLowSigma: believable(atLowSigma),
    atHighSigma: believable(atHighSigma),
  });
  const best = candidate("yes", entry);
  const failed = edgeGates(entry, best);
  if (best !== null) failed.push(...priceGates(best, params));
  return { entry, best, failed };
}

/** Nothing stands against it but the size, and at least one contract can be had. */
function isWanted(leg: Leg): leg is Leg & { readonly best: Candidate } {
  const { best, entry, failed } = leg;
  return failed.length === 0 && best !== null && cutToDepth(1, best, entry.params) >= 1;
}

/** What votes of that lean move the logarithm of the expected value by. */
function driftOf(lean: number, { spread }: Outlook, params: EnsembleParams): number {
  const sd = SD_PER_POINT * pointsOf(lean, params);
  return Math.max(0 - params.drift_max_sd, Math.min(params.drift_max_sd, sd)) * spread.mid;
}

/** The verdict on the market that was asked about, with its share of the stake on all that is wanted. */
function buyOf(legs: readonly Leg[], look: Look, gates: readonly string[] = []): Outcome {
  const { account, fees, params, view } = look;
  const own = legs.find(({ entry }) => isSame(entry.view, view));
  const best = own?.best ?? null;
  if (own === undefined || best === null) return unusable("one_sided");
  const failed = [...gates, ...own.failed];
  const share = failed.length > 0 ? 0 : shareOf(own, legs);
  if (share === null)
    return { verdict: conclude(["legs_inconsistent"], best, null), isFinal: true };
  const intent = shareStake(own.entry, best, { account, fees, params, share });
  if (intent === null) failed.push(...sizeGates(best, params));
  return { verdict: conclude(failed, best, intent), isFinal: true };
}

/** Part of the bankroll at full Kelly over all legs that are wanted; null when their probabilities cannot all be true. */
function shareOf(own: Leg, legs: readonly Leg[]): number | null {
  const wanted = legs.filter(isWanted);
  const stakes = kellyExclusive({
    p: wanted.map(({ best }) => best.p),
    cost: wanted.map(({ best }) => Math.min(0.999, best.cost / 1e6 + best.slippage)),
  });
  if (stakes.kind !== "sized") return null;
  return stakes.staked[wanted.findIndex((leg) => leg === own)] ?? 0;
}
