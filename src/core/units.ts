// Money is never a float: the exchange speaks fixed-point dollar strings with sub-cent ticks and hundredths of a
// contract, so each quantity is an integer of the smallest unit, branded so that two of them cannot be mixed up.
// Casts to a brand live in this file only.

declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/** Contract price in centicents ($0.0001), 0..10000. */
export type Price = Branded<"Price">;
/** Contracts in hundredths; signed where it is a change or a position (+ is YES). */
export type Qty = Branded<"Qty">;
/** Micro-dollars, signed. `Price × Qty` is exact in this unit. */
export type Money = Branded<"Money">;

/** Epoch or duration milliseconds, UTC. */
export type Ms = number;
/** Spot, strike or index in dollars; a statistic, never added to `Money`. */
export type Usd = number;
/** Probability, 0..1. */
export type Prob = number;
/** Log-return standard deviation per square-root second. */
export type Sigma = number;

export type Side = "yes" | "no";
export type Action = "buy" | "sell";

/** One dollar as a `Price`: the payout of a winning contract. */
export const PRICE_ONE = 10_000 as Price;
export const ZERO_QTY = 0 as Qty;

/** Brand an integer 0..10000 as a price; throws `RangeError` on anything else. */
export function price(centicents: number): Price {
  if (!Number.isInteger(centicents) || centicents < 0 || centicents > PRICE_ONE) {
    throw new RangeError(`price must be an integer from 0 to 10000 centicents, got ${centicents}`);
  }
  return centicents as Price;
}

/** Brand a safe integer of hundredths of a contract; throws `RangeError` otherwise. */
export function qty(hundredths: number): Qty {
  if (!Number.isSafeInteger(hundredths)) {
    throw new RangeError(`quantity must be an integer of 1/100 contract, got ${hundredths}`);
  }
  return hundredths as Qty;
}

/** Brand a safe integer of micro-dollars; throws `RangeError` otherwise. */
export function money(microDollars: number): Money {
  if (!Number.isSafeInteger(microDollars)) {
    throw new RangeError(`money must be an integer of micro-dollars, got ${microDollars}`);
  }
  return microDollars as Money;
}

/** Price of the other side of the same contract: YES at p is NO at 1 − p. */
export function complement(p: Price): Price {
  return (PRICE_ONE - p) as Price;
}

export function otherSide(side: Side): Side {
  return side === "yes" ? "no" : "yes";
}

/** Exact cost of a quantity at a price. */
export function costOf(p: Price, q: Qty): Money {
  return money(p * q);
}

const ZERO = 48;
const NINE = 57;
const DOT = 46;
const MINUS = 45;

/**
 * A decimal string as an integer of 10^-scale, or NaN when it is not a plain decimal (`-?digits[.digits]`), when
 * non-zero digits lie below the scale, or when it leaves the safe integers. No exponent, sign `+`, space or empty text.
 * A character loop: it runs for every level of every book message (22 ns against 35 ns for `Number()` and rounding).
 */
// oxlint-disable-next-line complexity -- one plain loop, because it runs for every level of every book message
export function parseDecimal(text: string, scale: number): number {
  const end = text.length;
  let at = 0;
  const negative = end > 0 && text.charCodeAt(0) === MINUS;
  if (negative) at = 1;
  let value = 0;
  let digits = 0;
  let fraction = -1;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (fraction >= 0 || digits === 0) return Number.NaN;
      fraction = 0;
      continue;
    }
    if (code < ZERO || code > NINE) return Number.NaN;
    digits++;
    if (fraction >= scale) {
      if (code !== ZERO) return Number.NaN;
      continue;
    }
    if (fraction >= 0) fraction++;
    value = value * 10 + (code - ZERO);
  }
  if (digits === 0 || fraction === 0) return Number.NaN;
  for (let f = Math.max(fraction, 0); f < scale; f++) value *= 10;
  if (value > Number.MAX_SAFE_INTEGER) return Number.NaN;
  return negative && value !== 0 ? -value : value;
}

/** `"0.7400"` → 7400; undefined when it is no decimal, finer than $0.0001, or outside $0..$1. */
export function parsePrice(text: string): Price | undefined {
  const value = parseDecimal(text, 4);
  return value >= 0 && value <= PRICE_ONE ? (value as Price) : undefined;
}

/** `"-54.00"` → −5400; undefined when it is no decimal or finer than 0.01 contract. */
export function parseQty(text: string): Qty | undefined {
  const value = parseDecimal(text, 2);
  return Number.isNaN(value) ? undefined : (value as Qty);
}

/** `"0.017500"` → 17500 micro-dollars; undefined when it is no decimal or finer than $0.000001. */
export function parseMoney(text: string): Money | undefined {
  const value = parseDecimal(text, 6);
  return Number.isNaN(value) ? undefined : (value as Money);
}

/** An integer of 10^-scale as a decimal string with exactly `scale` digits: the inverse of `parseDecimal`. */
export function formatDecimal(value: number, scale: number): string {
  const digits = Math.abs(value)
    .toString()
    .padStart(scale + 1, "0");
  const text = `${digits.slice(0, digits.length - scale)}.${digits.slice(digits.length - scale)}`;
  return value < 0 ? `-${text}` : text;
}

/** 7400 → `"0.7400"`, as the exchange writes prices. */
export function formatPrice(p: Price): string {
  return formatDecimal(p, 4);
}

/** 1230 → `"12.30"`, as the exchange writes counts. */
export function formatQty(q: Qty): string {
  return formatDecimal(q, 2);
}

/** 17500 → `"0.017500"`. */
export function formatMoney(m: Money): string {
  return formatDecimal(m, 6);
}

/** A record with its units taken off: bare numbers, as they come from a file or another thread. */
export type Plain<T> = T extends number
  ? number
  : T extends object
    ? { readonly [Key in keyof T]: Plain<T[Key]> }
    : T;
