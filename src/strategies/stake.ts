import { type FeeSchedule, takerFee } from "../core/fees.ts";
import type { Intent } from "../core/orders.ts";
import { kellyRamp } from "../core/sizing/kelly.ts";
import { sizeOrder } from "../core/sizing/size-order.ts";
import type { Verdict } from "../core/strategy.ts";
import { costOf, type Money, money, type Price, qty } from "../core/units.ts";
import type { EntryParams } from "./entry.params.ts";
import {
  bestCandidate,
  buy,
  type Candidate,
  conclude,
  cutToDepth,
  type Entry,
  edgeGates,
  limitPrice,
  ownOpinion,
} from "./entry.ts";
import type { Account } from "./plugin.ts";

// Stakes by Kelly (models.md §3.4, §3.5): a fraction of it, ramped by the edge, within the depth and what the account allows.

const CONTRACT = 100;
const MICRO = 1e6;

export interface StakeParams extends EntryParams {
  /** Share of full Kelly, 0..1. */
  readonly kelly_fraction: number;
  /** Net edge from which that is staked, a quarter of it at `ev_min`. */
  readonly edge_full: number;
  readonly max_cost_usd: number;
}

/** What there is to stake, and what it costs. */
export interface Purse {
  readonly account: Account;
  readonly fees: FeeSchedule;
  readonly params: StakeParams;
}

/** The verdict on the better side with its stake; `failed` are the gates found shut before. */
export function concludeStaked(failed: readonly string[], entry: Entry, purse: Purse): Verdict {
  const best = bestCandidate(entry);
  const shut = [...failed, ...edgeGates(entry, best)];
  if (best === null) return conclude(shut, null, null, ownOpinion(entry));
  const intent = kellyStake(entry, best, purse);
  if (intent === null) shut.push(...sizeGates(best, purse.params));
  return conclude(shut, best, intent);
}

/** The order for one side by itself; null where its stake is less than one contract. */
export function kellyStake(entry: Entry, best: Candidate, purse: Purse): Intent | null {
  const { account, fees, params } = purse;
  if (best.ev < params.ev_min) return null;
  const maxSpend = mostOf(purse);
  const size = sizeOrder({
    bankroll: account.bankroll,
    // A worse fill costs what a smaller chance does.
    p: Math.max(0, best.p - best.slippage),
    ask: best.ask,
    schedule: fees,
    fraction: params.kelly_fraction,
    depth: best.depth,
    participation: params.max_depth_share,
    maxSpend,
    ...rampOf(params),
  });
  // The account counts an order at its limit, which may lie above the ask.
  const contracts = affordable(size.qty / CONTRACT, maxSpend, {
    at: limitPrice(entry, best),
    fees,
  });
  return buy(entry, best, contracts);
}

/** The order for a side to which a joint solution gives that share of the bankroll at full Kelly. */
export function shareStake(
  entry: Entry,
  best: Candidate,
  purse: Purse & { readonly share: number },
): Intent | null {
  const { account, fees, params, share } = purse;
  const ramp = kellyRamp({ edge: best.ev, ...rampOf(params) });
  const stake = Math.floor(account.bankroll * params.kelly_fraction * ramp * share);
  const budget = money(Math.min(stake, mostOf(purse)));
  const at = limitPrice(entry, best);
  const wanted = cutToDepth(Math.floor(budget / (at * CONTRACT)), best, params);
  return buy(entry, best, affordable(wanted, budget, { at, fees }));
}

/** Why nothing is bought although nothing else stands against it: too little on offer, or too small a stake. */
export function sizeGates(best: Candidate, params: StakeParams): string[] {
  if (cutToDepth(1, best, params) < 1) return ["depth"];
  return best.ev < params.ev_min ? [] : ["stake_below_one"];
}

function rampOf({ edge_full, ev_min }: StakeParams): { threshold: number; full: number } {
  // At or below the threshold there is no ramp: everything is staked from there on.
  return { threshold: ev_min, full: Math.max(edge_full, ev_min + 1e-6) };
}

function mostOf({ account, params }: Purse): Money {
  return money(Math.min(account.maxPosition, Math.floor(params.max_cost_usd * MICRO)));
}

interface Charged {
  readonly at: Price;
  readonly fees: FeeSchedule;
}

/** The largest number of contracts up to that many whose cost and fee fit the budget. */
function affordable(wanted: number, budget: Money, { at, fees }: Charged): number {
  let contracts = wanted;
  while (contracts > 0 && spendOn(contracts, at, fees) > budget) contracts--;
  return contracts;
}

function spendOn(contracts: number, at: Price, fees: FeeSchedule): number {
  const size = qty(contracts * CONTRACT);
  return costOf(at, size) + takerFee(at, size, fees);
}
