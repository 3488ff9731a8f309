import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { kbt, rows, tempFolder } from "../support/kbt.ts";

// `kbt sim` as a server for other processes: its address, its key, its control endpoint.

const BIN = resolve(import.meta.dirname, "../../bin/kbt.js");
const folder = tempFolder();
const running: ChildProcess[] = [];

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null) continue;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
  }
});
afterAll(() => folder.remove());

interface Up {
  readonly child: ChildProcess;
  readonly data: Record<string, string>;
}

/** Starts the server and waits for what it prints first. */
async function sim(...args: readonly string[]): Promise<Up> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder.path };
  const child = spawn(process.execPath, [BIN, "sim", "--json", ...args], {
    cwd: folder.path,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.push(child);
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return { child, data: JSON.parse(String(line)).data };
}

interface State {
  readonly sent: {
    readonly totals: {
      readonly channels: {
        readonly orderbook_delta: { readonly frames: { readonly orderbook_delta: number } };
      };
    };
  };
}

async function ask(url: string, method = "GET", body?: string) {
  const answer = await fetch(url, { method, ...(body === undefined ? {} : { body }) });
  const json: unknown = await answer.json();
  return { status: answer.status, json };
}

function clientEnv({ data }: Up): Record<string, string> {
  return {
    KALSHI_REST_URL: data["rest_url"] ?? "",
    KALSHI_WS_URL: data["ws_url"] ?? "",
    COINBASE_WS_URL: data["coinbase_ws_url"] ?? "",
    KBT_COINBASE__REST_URL: data["coinbase_rest_url"] ?? "",
    KALSHI_API_KEY_ID: data["key_id"] ?? "",
    KALSHI_PRIVATE_KEY_PATH: data["key_path"] ?? "",
  };
}

test("another process collects from it with its printed key, and it counts what it sent", async () => {
  const up = await sim("--scenario", "fair");
  const collected = await kbt(["collect", "--seconds", "4", "--db", "sim.sqlite"], {
    cwd: folder.path,
    env: clientEnv(up),
  });
  expect(collected.code).toBe(0);
  const [[deltas]] = rows(
    `${folder.path}/sim.sqlite`,
    "SELECT count(*) FROM kalshi_orderbook_deltas",
  ) as [[number]];
  const { json } = await ask(`${up.data["control_url"]}/state`);
  const sent = (json as State).sent.totals.channels.orderbook_delta.frames.orderbook_delta;
  expect(deltas).toBeGreaterThan(0);
  // What was sent while the client hung up is on its way for ever.
  expect(sent).toBeGreaterThanOrEqual(deltas);
  up.child.kill("SIGINT");
  expect(await once(up.child, "exit")).toEqual([0, null]);
}, 40_000);

test("a key of one's own, and faults from a file", async () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  writeFileSync(`${folder.path}/own.pem`, pem, { mode: 0o600 });
  writeFileSync(
    `${folder.path}/faults.json`,
    '[{"fault":"http_status","match":{"path":"*/exchange/status"},"params":{"status":418}}]',
  );
  const { data } = await sim("--key", "own.pem", "--faults", "faults.json");
  // For another terminal, which may stand in another folder.
  expect(data["key_path"]).toBe(resolve(folder.path, "own.pem"));
  const status = await fetch(`${data["rest_url"]}/exchange/status`);
  expect(status.status).toBe(418);
});

test("a payload of another shape is named, kept and stops trading, and the run says so", async () => {
  writeFileSync(
    `${folder.path}/drift.json`,
    `[{"fault":"frame_corrupted","match":{"venue":"kalshi","channel":"ticker"},
       "when":{"afterMs":3000},"params":{"how":"wrong_types"}}]`,
  );
  const up = await sim("--faults", "drift.json");
  const run = { cwd: folder.path, env: clientEnv(up) };
  const paper = await kbt(["paper", "--seconds", "8", "--db", "drift.sqlite"], run);
  expect(paper.code).toBe(6);
  expect(paper.stderr).toMatch(/error\[PAYLOAD_CHANGED\] .*kalshi ticker \$\.msg\.yes_bid_dollars/);
  const db = `${folder.path}/drift.sqlite`;
  const drifts = rows(db, "SELECT message_type, path, halts, json_valid(raw) FROM feed_drifts");
  expect(drifts).toContainEqual(["ticker", "$.msg.yes_bid_dollars", 1, 1]);
  // Nothing but the halt decides from then on.
  const after = rows(
    db,
    `SELECT DISTINCT reason FROM opportunities
       WHERE at_ms > (SELECT max(recv_ms) FROM feed_drifts WHERE halts = 1)`,
  );
  expect(after).toEqual([["payload_changed"]]);
  const collected = await kbt(["collect", "--seconds", "6", "--db", "drift.sqlite", "--json"], run);
  expect(collected.code).toBe(6);
  expect(JSON.parse(collected.stdout).error.code).toBe("PAYLOAD_CHANGED");
}, 60_000);

describe("what is refused before anything is served", () => {
  test.each([
    ["a faults file that is not there", ["--faults", "none.json"], "FAULTS_UNREADABLE", 2],
    ["a fault that is not there", ["--faults", "bad.json"], "FAULTS_UNREADABLE", 2],
    ["a key that is not there", ["--key", "none.pem"], "KEY_FILE_MISSING", 2],
    ["a key that is no key", ["--key", "hello.pem"], "KEY_UNREADABLE", 4],
  ])("%s", async (_name, args, code, exitCode) => {
    writeFileSync(
      `${folder.path}/bad.json`,
      '[{"fault":"fire"},{"fault":"muted","when":{"nth":0}}]',
    );
    writeFileSync(`${folder.path}/hello.pem`, "hello", { mode: 0o600 });
    const ran = await kbt(["sim", ...args], { cwd: folder.path });
    expect(ran.code).toBe(exitCode);
    expect(ran.stderr).toContain(`error[${code}]`);
    if (args[1] !== "bad.json") return;
    expect(ran.stderr).toContain('bad.json: rule 1: there is no fault "fire"');
    expect(ran.stderr).toContain("bad.json: rule 2: when.nth is 0");
  });
});

test("a port that is taken is said in one line", async () => {
  const { data } = await sim();
  const { port } = new URL(data["rest_url"] ?? "");
  const ran = await kbt(["sim", "--port", port], { cwd: folder.path });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain(`error[PORT_TAKEN] port ${port} is taken`);
});

test("at another speed it says that this machine's clock is not the exchange's", async () => {
  const { child, data } = await sim("--speed", "60");
  expect(data["rest_url"]).toContain("127.0.0.1");
  child.kill("SIGTERM");
  const text = spawn(process.execPath, [BIN, "sim", "--speed", "60"], { cwd: folder.path });
  running.push(text);
  let shown = "";
  for await (const line of createInterface({ input: text.stdout })) {
    shown += `${line}\n`;
    if (line.startsWith("Ctrl-C")) break;
  }
  expect(shown).toContain("--sim=edge --sim-speed 60");
  expect(shown).not.toContain("kbt paper --db");
}, 30_000);

test("commands that go by this machine's clock say when the exchange's is another one", async () => {
  const up = await sim("--speed", "600");
  const ran = await kbt(["preview"], { cwd: folder.path, env: clientEnv(up) });
  expect(ran.code).toBe(0);
  expect(ran.stderr).toMatch(/warning: the exchange's clock is \d+ s ahead of this machine's/);
}, 30_000);

test("every request in the help is understood as it is printed there", async () => {
  const { stdout } = await kbt(["sim", "--help"], { cwd: folder.path });
  for (const line of stdout.split("\n")) {
    expect(line.length, line).toBeLessThanOrEqual(80);
    // Pasted into a shell, what follows the command must be a comment.
    const isWhole = line.startsWith("  curl") && line.split("'").length % 2 === 1;
    if (isWhole)
      expect(line).toMatch(/^ {2}curl (?:-X \w+ )?\$SIM_URL\S+(?: -d '[^']*')?(?:\s+#.*)?$/);
  }
  const examples = [...stdout.matchAll(/curl (?:-X (\w+) )?\$SIM_URL(\/\S+)(?:\s+-d '([^']*)')?/g)];
  expect(examples.length).toBeGreaterThan(12);
  const { data } = await sim("--scenario", "fair");
  const url = data["control_url"] ?? "";
  const { json } = await ask(`${url}/markets`);
  const markets = json as { ticker: string; status: string }[];
  const open = markets.find(({ status }) => status === "active")?.ticker ?? "";
  const named = (path: string): string =>
    path
      .replace("TICKER", open)
      .replace("EVENT", open.slice(0, open.lastIndexOf("-")))
      .replace("SERIES", open.slice(0, open.indexOf("-")));
  for (const [text, method, path = "", body] of examples) {
    const verb = method ?? (body === undefined ? "GET" : "POST");
    const answer = await ask(`${url}${named(path)}`, verb, body);
    // 409: understood, but the market is not at that point of its life.
    expect([200, 409], `${text} gave ${JSON.stringify(answer)}`).toContain(answer.status);
  }
}, 40_000);

test("chaos at thirty times the speed ends as asked", async () => {
  const db = `${folder.path}/chaos.sqlite`;
  const args = ["--sim=chaos", "--sim-speed", "30", "--seconds", "6", "--db", db, "--json"];
  const { code, stdout } = await kbt(["paper", ...args], { cwd: folder.path });
  expect(code).toBe(0);
  expect(JSON.parse(stdout).data.ended_by).toBe("seconds");
  expect(rows(db, "SELECT exit_code FROM runs")).toEqual([[0]]);
}, 40_000);
