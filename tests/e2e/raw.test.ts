import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { kbt, rows, tempFolder } from "../support/kbt.ts";

// What `--raw` keeps can be served again, and gives the same rows.

const folder = tempFolder();
afterAll(() => folder.remove());

const COUNTS = `SELECT (SELECT count(*) FROM kalshi_orderbook_snapshots), (SELECT count(*) FROM kalshi_orderbook_deltas),
  (SELECT sum(delta_cq * price_cc) FROM kalshi_orderbook_deltas), (SELECT count(*) FROM kalshi_tickers),
  (SELECT count(*) FROM kalshi_trades)`;

test("the frames of a run, recorded as they came, replay to the same rows", async () => {
  const cwd = folder.path;
  const speed = ["--sim-speed", "60", "--quiet"];
  const first = ["collect", "--sim", "--raw", "--seconds", "4", "--db", "a.sqlite", "--json"];
  const recorded = await kbt([...first, ...speed], { cwd });
  expect(recorded.stderr).toBe("");
  expect(recorded.code).toBe(0);
  const { raw_files: files } = JSON.parse(recorded.stdout).data;
  expect(readdirSync(join(cwd, "raw"))).toHaveLength(2);
  const { path } = files[0];
  expect(path).toMatch(/\.kalshi\.jsonl\.gz$/);
  const again = ["collect", "--kalshi", `--sim=replay:${path}`, "--seconds", "0"];
  const replayed = await kbt([...again, "--sim-speed", "max", "--db", "b.sqlite"], { cwd });
  expect(replayed.stdout).toContain("definition of done: met");
  expect(rows(join(cwd, "b.sqlite"), COUNTS)).toEqual(rows(join(cwd, "a.sqlite"), COUNTS));
});

test("a journal that cannot be written ends the run with its reason", async () => {
  const cwd = folder.path;
  const db = "/proc/raw/kbt.sqlite";
  const run = await kbt(["collect", "--sim", "--raw", "--seconds", "1", "--db", db], { cwd });
  expect(run.code).toBe(9);
  expect(run.stderr).toMatch(/^error\[/m);
  expect(run.stderr.trim().split("\n")).toHaveLength(1);
});
