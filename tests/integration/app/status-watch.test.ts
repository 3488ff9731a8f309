import { expect, test } from "vitest";
import { createLedgerWriter } from "../../../src/adapters/sqlite/ledger-writer.ts";
import { runProgram } from "../../../src/cli/program.ts";
import { money } from "../../../src/core/units.ts";
import { kbtHere } from "../../support/shell.ts";
import { NO_TERMINAL } from "../../support/terminal.ts";
import { aLeg, anOpportunity, anOrder, aRecorder, T0, tempDb } from "../sqlite/support.ts";

interface Document {
  readonly schema: string;
  readonly ok: boolean;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Runs the command until the test has seen enough of its lines. */
async function watched(path: string, onLine: (document: Document, stop: () => void) => void) {
  const stop = new AbortController();
  const code = await runProgram(["status", "--watch", "--json", "--db", path], {
    env: {},
    cwd: "/",
    homeDir: "/",
    version: "0.1.0",
    isTty: { stdout: false, stderr: false },
    terminal: NO_TERMINAL,
    signal: stop.signal,
    stopCode: () => 0,
    monoMs: () => 0,
    stdout: (line) => {
      expect(line.endsWith("\n")).toBe(true);
      onLine(JSON.parse(line), () => stop.abort(new DOMException("enough", "AbortError")));
    },
    stderr: () => {},
    readText: async () => null,
  });
  return code;
}

test("status --watch --json is a stream of documents: what is so each second, and what has happened since", async () => {
  const path = tempDb();
  const run = aRecorder(path, "live");
  const before = anOpportunity(run, 1, { decision: "trade", reason: "edge" });
  run.opportunity(before);
  run.order(anOrder(before.opportunityId));
  run.ledger(aLeg());
  await run.drain();
  const seen: Document[] = [];
  const code = await watched(path, (document, stop) => {
    seen.push(document);
    if (document.data["type"] === "alert") stop();
    if (seen.length > 1) return;
    const after = anOpportunity(run, 2, { decision: "trade", reason: "edge", atMs: T0 + 5_000 });
    run.opportunity(after);
    run.order(anOrder(after.opportunityId, { orderId: "o2", clientOrderId: "c2" }));
    run.ledger(aLeg({ orderId: "o2", pnl: money(-1_250_000), atMs: T0 + 6_000 }));
    const writer = createLedgerWriter({ path, env: "sim" });
    const cause = { kind: "drawdown", value: 100, limitValue: 100, reason: "down" };
    writer.setLatch({ ...cause, atMs: T0 + 7_000 }, { mode: "live", runId: run.runId });
    writer.close();
    run.flush();
  });
  expect(code).toBe(0);
  expect(seen.every(({ ok, schema }) => ok && schema === "kbt.status/v1")).toBe(true);
  const news = seen.map(({ data }) => data).filter(({ type }) => type !== "status");
  expect(news).toMatchObject([
    { type: "signal", strategy: "favorite", side: "yes", p_model: 0.912345678 },
    { type: "trade", order_id: "o2", pnl_usd: "-1.25" },
    { type: "alert", kind: "latch_set:drawdown", value: 100, limit: 100 },
  ]);
  expect(seen[0]?.data).toMatchObject({ type: "status", mode: "live", latches: [] });
});

const status = (path: string, ...words: readonly string[]) =>
  kbtHere(["status", ...words, "--db", path], "/");

test("--sim reads a file of the local exchange, and no other", async () => {
  const sim = tempDb();
  await aRecorder(sim, "paper").close(0);
  expect(await status(sim, "--sim")).toMatchObject({ code: 0, stderr: "" });
  const demo = tempDb();
  await aRecorder(demo, "paper", { env: "demo" }).close(0);
  expect(await status(demo)).toMatchObject({ code: 0, stderr: "" });
  const refused = await status(demo, "--sim");
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain("error[DB_ENV_MISMATCH]");
});
