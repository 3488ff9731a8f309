import { expect, test } from "vitest";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import { createStrategies, requireStrategies } from "../../../src/strategies/registry.ts";

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
  expect(named([])).toEqual(["threshold-ev"]);
  const both = withEnabled({ threshold: true, kelly: true });
  expect(named([], both)).toEqual(["threshold-ev", "kelly-vol"]);
});

test("names on the command line win over the configuration, each once", () => {
  expect(named(["mean-reversion", "kelly-vol", "kelly-vol"])).toEqual([
    "kelly-vol",
    "mean-reversion",
  ]);
});

test("every strategy that has parameters can be named, and is called what it is named by", () => {
  for (const name of Object.keys(DEFAULTS.strategy)) expect(named([name])).toEqual([name]);
});

test("refuses a name that no strategy has, and to run none at all", () => {
  expect(() => named(["kelly"])).toThrow("there is no strategy 'kelly'");
  expect(() => requireStrategies(["threshold-ev", "toString"])).toThrow("'toString'");
  const none = withEnabled({ threshold: false, kelly: false });
  expect(() => named([], none)).toThrow("every strategy is switched off");
  expect(named(["threshold-ev"], none)).toEqual(["threshold-ev"]);
});
