import type { Market } from "../core/market.ts";

const dollars = (value: number | null): string =>
  value === null ? "not yet published" : String(value);

/** What YES says, as `>= 63441.03`. */
export function strikeText(market: Pick<Market, "capUsd" | "floorUsd" | "strikeType">): string {
  const { capUsd, floorUsd } = market;
  switch (market.strikeType) {
    case "greater":
      return `> ${dollars(floorUsd)}`;
    case "greater_or_equal":
      return `>= ${dollars(floorUsd)}`;
    case "less":
      return `< ${dollars(capUsd)}`;
    case "less_or_equal":
      return `<= ${dollars(capUsd)}`;
    case "between":
      return `${dollars(floorUsd)}-${dollars(capUsd)}`;
    case "unknown":
      return "of an unknown type";
  }
}
