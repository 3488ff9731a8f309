import { expect, test } from "vitest";
import { openReader, openWriter } from "../../../src/adapters/sqlite/open.ts";
import { kbtHere } from "../../support/shell.ts";
import { tempDb } from "../sqlite/support.ts";

const reset = (path: string, ...words: readonly string[]) =>
  kbtHere(["live", "reset", ...words, "--db", path], "/");

test("a new key of the same account is taken when somebody says so, and that is on file", async () => {
  const path = tempDb();
  openWriter(path, { env: "sim", account: "old key" }).close();
  const withNewKey = () => openWriter(path, { env: "sim", account: "new key" });
  expect(withNewKey).toThrow("belongs to account");
  expect(await reset(path, "account", "--reason", "key of May")).toMatchObject({
    code: 0,
    stdout: "account (live) is that of the next live run's key from then on\n",
  });
  withNewKey().close();
  expect(() => openWriter(path, { env: "sim", account: "old key" })).toThrow("belongs to account");
  const reader = openReader(path);
  const noted = reader.db.prepare("SELECT mode, kind, reason FROM risk_events").all();
  reader.close();
  expect(noted).toEqual([{ mode: "live", kind: "account_reset", reason: "key of May" }]);
});

test("where no key is known there is nothing to reset, and paper has no account", async () => {
  const path = tempDb();
  openWriter(path, { env: "sim" }).close();
  for (const words of [["account"], ["account", "--mode", "paper"]]) {
    const { code, stderr } = await reset(path, ...words, "--reason", "r");
    expect(code).toBe(2);
    expect(stderr).toContain("error[NOTHING_TO_RESET]");
  }
});
