import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { kbt, rows, tempFolder } from "../support/kbt.ts";

// Each strategy for some windows of the local exchange: it trades, it refuses, and the database says why.

const ROOT = resolve(import.meta.dirname, "../..");
const folder = tempFolder();
afterAll(() => folder.remove());

const RUN = ["paper", "--sim", "--sim-seed", "1", "--sim-speed", "max", "--series", "KXBTC15M"];

function reasonsIn(db: string): string[] {
  return rows(db, "SELECT DISTINCT reason FROM opportunities").flat().map(String);
}

test("kelly-vol stakes what Kelly says and names what it declines for", async () => {
  const db = `${folder.path}/kelly.sqlite`;
  const args = [...RUN, "--windows", "3", "--strategy", "kelly-vol", "--db", db];
  expect(await kbt(args, { cwd: folder.path })).toMatchObject({ code: 0 });
  expect(rows(db, "SELECT DISTINCT strategy FROM opportunities")).toEqual([["kelly-vol"]]);
  expect(reasonsIn(db)).toEqual(
    expect.arrayContaining(["ev_below_min", "closing_soon", "depth", "edge"]),
  );
  const trades = rows(
    db,
    `SELECT i.qty_cq, i.price_cc * i.qty_cq / 1e6, o.ev FROM order_intents i
     JOIN opportunities o USING (opportunity_id)`,
  ) as [number, number, number][];
  expect(trades.length).toBeGreaterThan(0);
  for (const [size, costUsd, ev] of trades) {
    expect(size % 100).toBe(0);
    // Never beyond the account's 2 % of $1,000, and never without its 3 cents.
    expect(costUsd).toBeLessThanOrEqual(20);
    expect(ev).toBeGreaterThanOrEqual(0.03);
  }
  expect(rows(db, "SELECT count(*) > 0 FROM fills")).toEqual([[1]]);
  // The minutes before the run are known, so nothing warms up.
  expect(reasonsIn(db)).not.toContain("warming");
}, 120_000);

test("mean-reversion fades moves and names what it declines for", async () => {
  const db = `${folder.path}/reversion.sqlite`;
  const args = [...RUN, "--windows", "3", "--strategy", "mean-reversion", "--db", db];
  expect(await kbt(args, { cwd: folder.path })).toMatchObject({ code: 0 });
  expect(reasonsIn(db)).toEqual(
    expect.arrayContaining(["warming", "z_small", "ev_below_min", "closing_soon", "edge"]),
  );
  expect(rows(db, "SELECT DISTINCT strategy FROM order_intents")).toEqual([["mean-reversion"]]);
  expect(rows(db, "SELECT count(*) > 0 FROM fills")).toEqual([[1]]);
  // Believed less the model's, slippage of at least half a cent included: what a move may add, and no more.
  const added = rows(
    db,
    `SELECT ev + cost_ud / 1e6 - CASE side WHEN 'yes' THEN p_model ELSE 1 - p_model END
     FROM opportunities WHERE decision = 'trade'`,
  ).flat() as number[];
  expect(Math.max(...added)).toBeLessThanOrEqual(0.0351);
  expect(Math.max(...added)).toBeGreaterThan(0);
}, 120_000);

/** The code of the page that starts with this line. */
function codeOf(page: string, start: string): string {
  const from = page.indexOf(`\`\`\`ts\n${start}`);
  if (from < 0) throw new Error(`docs/strategies.md has no code that starts with ${start}`);
  return page.slice(from + 6, page.indexOf("\n```", from) + 1);
}

/** A checkout with the page's strategy in it, added as the page says. */
function extended(): string {
  const copy = `${folder.path}/checkout`;
  mkdirSync(copy);
  for (const part of ["src", "bin", "migrations", "scripts/build.mjs", "package.json"]) {
    cpSync(`${ROOT}/${part}`, `${copy}/${part}`, { recursive: true });
  }
  symlinkSync(`${ROOT}/node_modules`, `${copy}/node_modules`);
  const page = readFileSync(`${ROOT}/docs/strategies.md`, "utf8");
  const strategy = codeOf(page, "// src/strategies/favourite.ts");
  expect(strategy.trimEnd().split("\n").length).toBeLessThan(40);
  writeFileSync(`${copy}/src/strategies/favourite.ts`, strategy);
  const line = codeOf(page, "export { favourite }");
  expect(line.trimEnd().split("\n")).toHaveLength(1);
  appendFileSync(`${copy}/src/strategies/plugins.ts`, line);
  return copy;
}

test("the strategy of docs/strategies.md compiles against the real types and shows up everywhere", async () => {
  const copy = extended();
  const { compilerOptions } = JSON.parse(readFileSync(`${ROOT}/tsconfig.json`, "utf8"));
  const only = { compilerOptions, files: ["src/strategies/registry.ts"] };
  writeFileSync(`${copy}/tsconfig.json`, JSON.stringify(only));
  const options = { cwd: copy, encoding: "utf8" } as const;
  expect(execFileSync("node_modules/.bin/tsc", ["-p", "tsconfig.json"], options)).toBe("");
  execFileSync(process.execPath, ["scripts/build.mjs"], options);
  const db = `${folder.path}/favourite.sqlite`;
  const ask = (...args: readonly string[]) => {
    const answer = execFileSync(process.execPath, ["bin/kbt.js", ...args, "--db", db, "--json"], {
      ...options,
      env: { PATH: process.env["PATH"] ?? "", HOME: folder.path },
    });
    return JSON.parse(answer);
  };
  const mine = ["--strategy", "favourite"];
  expect(ask(...RUN, "--windows", "2", ...mine)).toMatchObject({ ok: true });
  expect(rows(db, "SELECT DISTINCT strategy FROM opportunities")).toEqual([["favourite"]]);
  expect(reasonsIn(db)).toEqual(
    expect.arrayContaining(["tau_above_max", "no_favourite", "ev_below_min", "edge"]),
  );
  expect(rows(db, "SELECT count(*) > 0 FROM order_intents")).toEqual([[1]]);

  const { markets } = ask("preview", "--sim", ...mine).data;
  expect(new Set(markets.map(({ strategy }: { strategy: string }) => strategy))).toEqual(
    new Set(["favourite"]),
  );
  const { funnel, gates } = ask("why", ...mine).data;
  const [[seen]] = rows(db, "SELECT count(*) FROM opportunities") as [[number]];
  expect(funnel[0]).toMatchObject({ step: "seen", evaluations: seen });
  expect(gates.map(({ code }: { code: string }) => code)).toContain("no_favourite");
  const [[traded]] = rows(db, "SELECT min(opportunity_id) FROM order_intents") as [[number]];
  expect(ask("why", String(traded)).data).toMatchObject({
    strategy: "favourite",
    decision: "trade",
  });
  expect(ask("ledger", "pnl", "--by", "strategy").data).toMatchObject([
    { mode: "paper", key: "favourite" },
  ]);
  const { report } = ask("calibrate", ...mine).data;
  expect(report).toMatchObject({ forecaster: "model", windows: 2, others: [] });
}, 120_000);
