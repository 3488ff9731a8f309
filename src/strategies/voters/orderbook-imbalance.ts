import type { Qty } from "../../core/units.ts";
import { abstain, cast, type Vote, type Voter } from "./vote.ts";

// Towards the side for which more is bid: contracts on the best levels of YES against those of NO (F86).

export const ORDERBOOK_IMBALANCE = "orderbook-imbalance";

interface ImbalanceSettings {
  /** Price levels of each side that count, from the best down. */
  readonly levels: number;
  readonly imbalance_min: number;
}

/** Contracts bid for either side. */
interface Bids {
  readonly yes: Qty;
  readonly no: Qty;
}

export function imbalanceVote({ no, yes }: Bids, least: number): Vote {
  // One side alone is no opinion of the market but the lack of one.
  if (yes === 0 || no === 0) return abstain(ORDERBOOK_IMBALANCE, "one_sided");
  const imbalance = (yes - no) / (yes + no);
  if (Math.abs(imbalance) <= least) {
    return abstain(ORDERBOOK_IMBALANCE, "imbalance_small", { imbalance });
  }
  return cast(ORDERBOOK_IMBALANCE, { size: imbalance, threshold: least }, { imbalance });
}

export function orderbookImbalanceVoter({ imbalance_min, levels }: ImbalanceSettings): Voter {
  return {
    name: ORDERBOOK_IMBALANCE,
    vote(view) {
      const { strikeType } = view.market;
      // Elsewhere YES is not up: of a bracket it is neither.
      const isUp = strikeType === "greater" || strikeType === "greater_or_equal";
      if (!isUp) return abstain(ORDERBOOK_IMBALANCE, "no_direction");
      const bids = { yes: view.bidDepth("yes", levels), no: view.bidDepth("no", levels) };
      return imbalanceVote(bids, imbalance_min);
    },
  };
}
