import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { type Finding, linesOf } from "../../../src/app/compose/doctor/finding.ts";
import { KbtError } from "../../../src/core/errors.ts";
import { tempFolder } from "../../support/kbt.ts";
import { kbtHere } from "../../support/shell.ts";

const folder = tempFolder();
afterAll(() => folder.remove());
const DB = `${folder.path}/kbt.sqlite`;
const ENV = { DB_PATH: DB, LOG_PATH: `${folder.path}/kbt.jsonl` };

async function doctor(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const ran = await kbtHere(["doctor", "--json", ...words], folder.path, { ...ENV, ...env });
  const checks: Finding[] = JSON.parse(ran.stdout).data.checks;
  return { ...ran, checks, byName: new Map(checks.map((finding) => [finding.check, finding])) };
}

// Every line that the contract names.
const NAMED =
  `node,sqlite,database,database folder,log folder,file modes,config,key,clock,exchange,limits,disk
fees KXBTC15M,shard balance,feed kalshi,feed coinbase,trading_enabled,kill switch`.split(/[,\n]/);

describe("doctor", () => {
  test("looks at everything, and every line says why it matters", async () => {
    const { byName, checks, code } = await doctor(["--sim"]);
    expect(code).toBe(0);
    for (const name of NAMED) expect(byName.get(name), name).toMatchObject({ state: "ok" });
    for (const { check, todo, why } of checks) {
      expect(why, check).toMatch(/^.{15,}[^.]$/);
      expect(todo, check).toBeNull();
    }
    expect(byName.get("feed kalshi")?.detail).toMatch(/^first message after \d+ ms$/);
  });

  test("what is wrong on this machine is said with what to do, exit 10 only for what fails", async () => {
    writeFileSync(`${folder.path}/kbt.sqlite.KILL`, "because\n");
    writeFileSync(`${folder.path}/.env`, "", { mode: 0o644 });
    writeFileSync(DB, "no database at all, and long enough to be looked at ".repeat(40));
    const { byName, code, stderr } = await doctor([], { KALSHI_API_KEY_ID: "abc" });
    expect(code).toBe(10);
    expect(stderr).toContain("error[DOCTOR_FAILED] 2 of 12 checks failed: database, key ·");
    expect(byName.get("database")).toMatchObject({ state: "fail" });
    expect(byName.get("key")?.todo).toContain("set both KALSHI_API_KEY_ID");
    expect(byName.get("file modes")).toMatchObject({
      state: "warn",
      detail: expect.stringContaining(".env (644)"),
      todo: "chmod 600 each of them",
    });
    expect(byName.get("kill switch")?.todo).toContain("kbt live reset kill");
  });

  test("an exchange that is not there is one line, and the feeds say so themselves", async () => {
    mkdirSync(`${folder.path}/other`);
    const { byName, code } = await doctor([], {
      DB_PATH: `${folder.path}/other/kbt.sqlite`,
      KALSHI_REST_URL: "http://127.0.0.1:9/trade-api/v2",
      KBT_COLLECT__KALSHI: "false",
      KBT_COLLECT__COINBASE: "false",
    });
    expect(code).toBe(10);
    expect(byName.get("exchange")).toMatchObject({
      state: "fail",
      todo: "check the connection, or try --sim",
    });
    expect(byName.get("key")).toMatchObject({ state: "warn" });
    expect(byName.has("clock")).toBe(false);
  });

  test("an error's own advice wins over that of the line, and the table's over none", () => {
    const lines = linesOf({ check: "x", why: "because", todo: "the usual" });
    const parts = { kind: "store", code: "DB_FULL", message: "full" } as const;
    expect(lines.fail(new KbtError({ ...parts, hint: "own" })).todo).toBe("own");
    expect(lines.fail(new KbtError(parts)).todo).toContain("free space");
    expect(lines.fail("text")).toMatchObject({ detail: "text", todo: "the usual" });
  });
});
