import { expect, test } from "vitest";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import { readStoredConfig } from "../../../src/config/stored.ts";

test("a run of before there were limits of live is read with their defaults", () => {
  const { live: _live, ...before } = DEFAULTS;
  const { beside, config } = readStoredConfig(JSON.stringify({ ...before, sim_run: null }), 1);
  expect(config).toEqual(DEFAULTS);
  expect(beside).toEqual({ sim_run: null });
});
