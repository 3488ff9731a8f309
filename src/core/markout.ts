import { touchOf } from "./slippage.ts";
import type { Action, Price, Qty, Side } from "./units.ts";

// What a fill was worth afterwards (F219), in cents per contract and for us: what the price has moved against it in a
// minute was known to whoever took the other side.

/** Seconds after a fill. */
export const HORIZONS_S = [1, 5, 30, 60] as const;

export interface MarkedFill {
  readonly side: Side;
  readonly action: Action;
  readonly price: Price;
  readonly qty: Qty;
  /** Micro-dollars of all of it. */
  readonly fee: number;
  /** Touch of the evaluation that led to the order; null where that is not the moment of the order. */
  readonly decided: { readonly yesBid: Price | null; readonly yesAsk: Price | null } | null;
  /** Slippage that the evaluation charged, dollars per contract. */
  readonly assumed: number | null;
  /** Middle of the YES touch at the fill and after each horizon, 1/100 cent; null where nobody looked. */
  readonly mids: readonly (number | null)[];
  /** What YES was paid in the end, if it was. */
  readonly yesPayout: Price | null;
}

/** Cents per contract; plus is good for us. */
export interface Markout {
  /** What the fill was worse than the touch it was meant to meet, as costs are said: plus is bad. */
  readonly slippage: number | null;
  readonly assumed: number | null;
  /** Worth at the middle of the touch after each horizon, less the price. */
  readonly after: readonly (number | null)[];
  /** Worth when it was settled, less the price. */
  readonly settled: number | null;
  /** The middle at the fill, less the price: what a maker earns of the spread and a taker pays. */
  readonly spread: number | null;
  /** What the middle moved in the last horizon. */
  readonly adverse: number | null;
  /** What it moved from there to the result. */
  readonly residual: number | null;
  readonly fee: number;
}

const CENT = 100;

export function markoutOf(fill: MarkedFill): Markout {
  const { action, fee, mids, price, side } = fill;
  const sign = action === "buy" ? 1 : -1;
  const worth = (yes: number): number => (side === "yes" ? yes : 10_000 - yes);
  const gain = (yes: number | null): number | null =>
    yes === null ? null : (sign * (worth(yes) - price)) / CENT;
  const [atFill = null, ...later] = mids;
  const after = later.map(gain);
  const [spread, end, settled] = [gain(atFill), after.at(-1) ?? null, gain(fill.yesPayout)];
  return {
    slippage: slippageOf(fill),
    assumed: fill.assumed === null ? null : fill.assumed * 100,
    after,
    settled,
    spread,
    adverse: minus(end, spread),
    residual: minus(settled, end),
    fee: fee / fill.qty / CENT,
  };
}

function slippageOf({ action, decided, price, side }: MarkedFill): number | null {
  const touch = decided === null ? null : touchOf({ action, side }, decided);
  if (touch === null) return null;
  return (action === "buy" ? price - touch : touch - price) / CENT;
}

function minus(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one - other;
}

/** Middle of a touch as `mids` takes it. */
export function midOf(touch: {
  readonly yesBid: Price | null;
  readonly yesAsk: Price | null;
}): number | null {
  const { yesAsk, yesBid } = touch;
  return yesBid === null || yesAsk === null ? null : (yesBid + yesAsk) / 2;
}

/** Means over contracts of what is known, each over the fills that know it. */
interface MarkoutMeans {
  readonly fills: number;
  readonly means: Readonly<Record<Part, number | null>>;
}

type Part = "slippage" | "assumed" | "spread" | "adverse" | "residual" | "settled" | "fee";

export function meansOf(
  fills: readonly { readonly qty: Qty; readonly markout: Markout }[],
): MarkoutMeans {
  const mean = (part: Part): number | null => {
    const known = fills.flatMap(({ markout, qty }) => {
      const value = markout[part];
      return value === null ? [] : [{ value, qty }];
    });
    const weight = known.reduce((sum, { qty }) => sum + qty, 0);
    return weight === 0
      ? null
      : known.reduce((sum, { qty, value }) => sum + qty * value, 0) / weight;
  };
  const [slippage, assumed, spread] = [mean("slippage"), mean("assumed"), mean("spread")];
  const [adverse, residual] = [mean("adverse"), mean("residual")];
  const means = { slippage, assumed, spread, adverse, residual };
  return { fills: fills.length, means: { ...means, settled: mean("settled"), fee: mean("fee") } };
}
