import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kbtHere } from "../../support/shell.ts";

// The bankroll that the exchange says the account has, where a configuration asks for it.

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kbt-bankroll-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ENV = { KBT_RISK__BANKROLL_FROM: "exchange" };
const SAID = "bankroll $1000.00, the cash on shard 2";

test.each([
  ["a run", "paper", "--sim-speed", "max", "--once"],
  ["a preview, which shows what a run would do", "preview"],
])("%s sizes by it", async (_, ...words) => {
  const { code, stdout } = await kbtHere([...words, "--sim", "--json"], folder, ENV);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).warnings).toContain(SAID);
});

test("unless the command line says otherwise", async () => {
  const words = ["paper", "--sim", "--sim-speed", "max", "--once", "--bankroll", "50", "--json"];
  const { stdout } = await kbtHere(words, folder, ENV);
  expect(JSON.parse(stdout).warnings).not.toContain(SAID);
});
