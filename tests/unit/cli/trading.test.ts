import { expect, test } from "vitest";
import { minutes } from "../../../src/cli/options.ts";
import { tradingConfig } from "../../../src/cli/trading.ts";

test("a bankroll on the command line is the bankroll, also where the file asks the exchange for it", () => {
  const set = tradingConfig({ bankroll: "500" }).map(({ path, text }) => [path, text]);
  expect(set).toEqual([
    ["risk.bankroll_usd", "500"],
    ["risk.bankroll_from", "config"],
  ]);
  expect(tradingConfig({})).toEqual([]);
});

test("the interval is that of farthest-band, in minutes", () => {
  const set = tradingConfig({ interval: minutes("1h") }).map(({ path, text }) => [path, text]);
  expect(set).toEqual([["strategy.farthest-band.interval_minutes", "60"]]);
  expect(minutes("15m")).toBe(15);
});
