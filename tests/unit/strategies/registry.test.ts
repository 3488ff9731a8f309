import { expect, test } from "vitest";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import { BASELINES } from "../../../src/strategies/baselines.ts";
import {
  createStrategies,
  namedStrategies,
  strategyNames,
  tradingStrategies,
  wantedFeeds,
} from "../../../src/strategies/registry.ts";

const named = (names: readonly string[], settings = DEFAULTS) =>
  createStrategies(settings, names).map(({ name }) => name);

const withEnabled = (enabled: { readonly threshold: boolean; readonly kelly: boolean }) => ({
  ...DEFAULTS,
  strategy: {
    ...DEFAULTS.strategy,
    "threshold-ev": { ...DEFAULTS.strategy["threshold-ev"], enabled: enabled.threshold },
    "kelly-vol": { ...DEFAULTS.strategy["kelly-vol"], enabled: enabled.kelly },
  },
});

test("unasked, only what the configuration enables: several traders would share one position limit", () => {
  expect(new Set(named([]))).toEqual(new Set(["threshold-ev", ...BASELINES]));
  const both = withEnabled({ threshold: true, kelly: true });
  expect(tradingStrategies(both, [])).toEqual(["kelly-vol", "threshold-ev"]);
  const alone = { ...DEFAULTS, strategy: { ...DEFAULTS.strategy, baselines: { enabled: false } } };
  expect(named([], alone)).toEqual(["threshold-ev"]);
});

test("names on the command line win over the configuration, each once", () => {
  expect(named(["mean-reversion", "kelly-vol", "kelly-vol"])).toEqual([
    "kelly-vol",
    "mean-reversion",
  ]);
});

test("they run in the order of their names, and an account is theirs however they were asked for", () => {
  expect(strategyNames()).toEqual(strategyNames().toSorted());
  expect(tradingStrategies(DEFAULTS, ["threshold-ev", "kelly-vol", "threshold-ev"])).toEqual([
    "kelly-vol",
    "threshold-ev",
  ]);
});

test("every strategy that has parameters can be named, and is called what it is named by", () => {
  for (const name of Object.keys(DEFAULTS.strategy)) {
    expect(named([name])).toHaveLength(name === "baselines" ? BASELINES.length : 1);
    expect(named([name])).toEqual(expect.arrayContaining([...namedStrategies([name])]));
  }
  expect(namedStrategies(["baselines", "kelly-vol"])).toEqual([...BASELINES, "kelly-vol"]);
  expect(tradingStrategies(DEFAULTS, ["always-no"])).toEqual(["always-no"]);
});

test("a feed is wanted where a strategy that runs cannot do without it, named or enabled", () => {
  expect([...wantedFeeds(DEFAULTS, [])]).toEqual([]);
  expect([...wantedFeeds(DEFAULTS, ["momentum", "threshold-ev"])]).toEqual([]);
  expect([...wantedFeeds(DEFAULTS, ["funding-rate", "ensemble"])]).toEqual(["binance"]);
  const ensemble = { ...DEFAULTS.strategy.ensemble, enabled: true };
  const enabled = { ...DEFAULTS, strategy: { ...DEFAULTS.strategy, ensemble } };
  expect([...wantedFeeds(enabled, [])]).toEqual(["binance"]);
});

test("refuses a name that no strategy has, and to run none at all", () => {
  expect(() => named(["kelly"])).toThrow(
    expect.objectContaining({
      message: "there is no strategy 'kelly'",
      hint: expect.stringMatching(/^use one of: .*always-no.*volatility-regime, baselines$/),
    }),
  );
  expect(() => namedStrategies(["threshold-ev", "toString"])).toThrow("'toString'");
  const none = withEnabled({ threshold: false, kelly: false });
  expect(() => named([], none)).toThrow("every strategy is switched off");
  expect(named(["threshold-ev"], none)).toEqual(["threshold-ev"]);
});
