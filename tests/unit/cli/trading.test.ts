import { expect, test } from "vitest";
import { tradingConfig } from "../../../src/cli/trading.ts";

test("a bankroll on the command line is the bankroll, also where the file asks the exchange for it", () => {
  const set = tradingConfig({ bankroll: "500" }).map(({ path, text }) => [path, text]);
  expect(set).toEqual([
    ["risk.bankroll_usd", "500"],
    ["risk.bankroll_from", "config"],
  ]);
  expect(tradingConfig({})).toEqual([]);
});
