import { execFile } from "node:child_process";
import { copyFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWriter } from "../../../src/adapters/sqlite/open.ts";
import { type Ran, tempFolder } from "../../support/kbt.ts";

const OPS = resolve(import.meta.dirname, "../../../scripts/ops");
const folder = tempFolder();
const db = `${folder.path}/kbt.sqlite`;
const copies = `${folder.path}/copies`;
afterAll(() => folder.remove());

function run(script: string, args: readonly string[]): Promise<Ran> {
  return new Promise((done) => {
    execFile(process.execPath, [`${OPS}/${script}`, ...args], (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

function metaOf(path: string): unknown {
  const open = new Database(path, { readonly: true });
  const found = open.prepare("SELECT count(*) FROM market_ids").pluck().get();
  open.close();
  return found;
}

let writer: ReturnType<typeof openWriter>;
beforeAll(() => {
  writer = openWriter(db, { env: "sim" });
});

function addMarket(ticker: string): void {
  writer.durable.prepare("INSERT INTO market_ids (ticker) VALUES (?)").run(ticker);
}

test("a database that is being written is copied whole, and only the newest copies are kept", async () => {
  addMarket("A");
  const first = await run("backup.mjs", [db, copies, "1"]);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toMatch(/kbt-\d{8}T\d{6}Z\.sqlite \d+\.\d MB, sound; removed 0 older\n$/);
  const [name = ""] = readdirSync(copies);
  expect(statSync(`${copies}/${name}`).mode & 0o077).toBe(0);
  // Older ones of this database, and files that only look alike.
  copyFileSync(`${copies}/${name}`, `${copies}/kbt-20200101T000000Z.sqlite`);
  copyFileSync(`${copies}/${name}`, `${copies}/kbt-old-20200101T000000Z.sqlite`);
  addMarket("B");
  await new Promise((passed) => {
    setTimeout(passed, 1_001);
  });
  expect(await run("backup.mjs", [db, copies, "1"])).toMatchObject({ code: 0 });
  const left = readdirSync(copies).toSorted();
  expect(left).toHaveLength(2);
  expect(left[1]).toBe("kbt-old-20200101T000000Z.sqlite");
  expect(metaOf(`${copies}/${left[0]}`)).toBe(2);
});

test("what is restored is the copy; what was there is kept beside it; nothing happens while it is open", async () => {
  const [copy = ""] = readdirSync(copies).toSorted();
  addMarket("C");
  const args = [`${copies}/${copy}`, db];
  expect(await run("restore.mjs", args)).toMatchObject({
    code: 9,
    stdout: "",
    stderr: expect.stringContaining("is in use"),
  });
  writer.close();
  const restored = await run("restore.mjs", args);
  expect(restored).toMatchObject({ code: 0, stderr: "" });
  expect(metaOf(db)).toBe(2);
  const aside = /what was there is (\S+)/.exec(restored.stdout)?.[1] ?? "";
  expect(metaOf(aside)).toBe(3);
  expect(readdirSync(folder.path).filter((name) => name.endsWith(".restoring"))).toEqual([]);
});

test("a WAL that was left without its database does not get into the copy", async () => {
  const lost = `${folder.path}/lost.sqlite`;
  const [copy = ""] = readdirSync(copies).toSorted();
  copyFileSync(`${copies}/${copy}`, lost);
  const open = new Database(lost);
  open.pragma("journal_mode = WAL");
  open.prepare("INSERT INTO market_ids (ticker) VALUES ('LATER')").run();
  copyFileSync(`${lost}-wal`, `${lost}-kept`);
  open.close();
  rmSync(lost);
  renameSync(`${lost}-kept`, `${lost}-wal`);
  expect(await run("restore.mjs", [`${copies}/${copy}`, lost])).toMatchObject({ code: 0 });
  expect(metaOf(lost)).toBe(metaOf(`${copies}/${copy}`));
});

test("a copy that is not sound is not put in the place of anything", async () => {
  const broken = `${folder.path}/broken.sqlite`;
  writeFileSync(broken, "this is no database, and long enough for SQLite to look at it".repeat(20));
  expect(await run("restore.mjs", [broken, db])).toMatchObject({ code: 9, stdout: "" });
  expect(metaOf(db)).toBe(2);
  expect(await run("backup.mjs", [broken, copies])).toMatchObject({ code: 9, stdout: "" });
  expect(await run("backup.mjs", [db, copies, "0"])).toMatchObject({ code: 2 });
});
