import { formatDecimal } from "../../core/units.ts";

const priceTexts: string[] = [];

/** Centicents as a four-digit dollar string; remembered, since there are only 10 001 of them. */
export function dollarText(cc: number): string {
  const known = priceTexts[cc];
  if (known !== undefined) return known;
  const text = formatDecimal(cc, 4);
  if (cc >= 0 && cc <= 10_000) priceTexts[cc] = text;
  return text;
}

/** Hundredths of a contract as the exchange writes counts: `12.30`. */
export function countText(cq: number): string {
  return formatDecimal(cq, 2);
}

/** A dollar value of an index: cents at least, more digits where the value has them. */
export function indexText(value: number): string {
  const cents = value.toFixed(2);
  return Number(cents) === value ? cents : plainText(value);
}

/** A number without exponent and trailing zeros, as Coinbase writes decimals. */
export function plainText(value: number): string {
  const text = String(value);
  return text.includes("e") ? value.toFixed(10).replace(/\.?0+$/, "") : text;
}

/** `63441.03` → `63,441.03`. */
export function groupedText(value: number, digits: number): string {
  const [whole = "0", fraction] = value.toFixed(digits).split(".");
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
