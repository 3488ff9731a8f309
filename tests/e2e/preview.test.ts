import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Shell } from "../../src/cli/context.ts";
import { runProgram } from "../../src/cli/program.ts";
import { StopRequest } from "../../src/cli/stop.ts";
import { kbt, tempFolder } from "../support/kbt.ts";
import { TinyTerminal } from "../support/tiny-terminal.ts";

// `kbt preview --watch` over the local exchange: as documents, as text, on a terminal, and when the exchange goes away.

const BIN = resolve(import.meta.dirname, "../../bin/kbt.js");
const folder = tempFolder();
const running: ChildProcess[] = [];

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
});
afterAll(() => folder.remove());

function start(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder.path,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder.path, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  running.push(child);
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

interface Document {
  readonly schema: string;
  readonly ok: boolean;
  readonly error: { readonly code: string } | null;
  readonly data: {
    readonly now_ms: number;
    readonly looked_ms: number;
    readonly trouble: { readonly since_ms: number; readonly message: string } | null;
    readonly markets: readonly { readonly strategy: string; readonly failed: readonly string[] }[];
  };
}

async function next(lines: AsyncIterator<string>): Promise<Document> {
  const { value } = await lines.next();
  return JSON.parse(String(value)) as Document;
}

async function stopped(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> {
  const exited = once(child, "exit");
  child.kill(signal);
  return (await exited)[0];
}

describe("watched at sixty times the speed", () => {
  test("a document a look, a minute later each time; Ctrl-C is a good end", async () => {
    const strategies = ["--strategy", "threshold-ev", "--strategy", "kelly-vol"];
    const sim = ["--sim", "--sim-speed", "60"];
    const { child, lines } = start(["preview", "--watch", "--json", ...sim, ...strategies]);
    const documents: Document[] = [];
    while (documents.length < 5) documents.push(await next(lines));
    for (const { data, ok, schema } of documents) {
      expect({ ok, schema }).toEqual({ ok: true, schema: "kbt.preview/v1" });
      expect(new Set(data.markets.map(({ strategy }) => strategy))).toEqual(
        new Set(["threshold-ev", "kelly-vol"]),
      );
      // Time stands still while the exchange is looked at, so nothing is old by then.
      const reasons = data.markets.flatMap(({ failed }) => failed);
      expect(reasons.filter((code) => /stale|late/.test(code))).toEqual([]);
    }
    const times = documents.map(({ data }) => data.now_ms);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    // A machine that is busy makes it slower, never faster.
    expect((times.at(-1) ?? 0) - (times[1] ?? 0)).toBeGreaterThan(20_000);
    expect(await stopped(child, "SIGINT")).toBe(0);
  }, 60_000);

  test("into a pipe: one picture a look, an empty line between them, and no control characters", async () => {
    const { child, lines } = start(["preview", "--watch", "--sim", "--sim-speed", "60"]);
    const text: string[] = [];
    while (text.filter((line) => line.startsWith("local exchange")).length < 3) {
      text.push(String((await lines.next()).value));
    }
    expect(await stopped(child, "SIGTERM")).toBe(0);
    const [first, second] = text.join("\n").split(/\n\n(?=local exchange)/);
    for (const picture of [first, second]) {
      expect(picture).toMatch(/^local exchange .*Z\nBTC-USD .*\n[▁-█]+\n/);
      expect(picture).toMatch(/\nthreshold-ev/);
      expect(picture).not.toContain("\u001b");
    }
  }, 60_000);

  test("a first look that fails ends it with the failure's exit code", async () => {
    const args = ["preview", "--watch", "--sim", "--series", "KXNOPE"];
    const { code, stderr, stdout } = await kbt(args, { cwd: folder.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("error[UNKNOWN_SERIES]");
  });
});

test("an exchange that goes away leaves what was seen, and says since when", async () => {
  const server = start(["sim", "--json"]);
  const { value } = await server.lines.next();
  const { data: urls } = JSON.parse(String(value)) as { data: Record<string, string> };
  const { child, lines } = start(["preview", "--watch", "--json"], {
    KALSHI_REST_URL: urls["rest_url"] ?? "",
    KBT_COINBASE__REST_URL: urls["coinbase_rest_url"] ?? "",
    KALSHI_API_KEY_ID: urls["key_id"] ?? "",
    KALSHI_PRIVATE_KEY_PATH: urls["key_path"] ?? "",
  });
  let last = await next(lines);
  expect(last).toMatchObject({ ok: true, error: null, data: { trouble: null } });
  await stopped(server.child, "SIGTERM");
  let failed = await next(lines);
  while (failed.ok) [last, failed] = [failed, await next(lines)];
  expect(failed.error?.code).toMatch(/^NETWORK/);
  expect(failed.data.trouble?.since_ms).toBe(last.data.looked_ms);
  expect(failed.data.markets).toHaveLength(last.data.markets.length);
  expect(failed.data.now_ms).toBeGreaterThan(failed.data.looked_ms);
  expect(await stopped(child, "SIGINT")).toBe(0);
}, 60_000);

test("on a terminal it draws over itself and leaves no trace", async () => {
  const size = { columns: 80, rows: 24 };
  const glass = new TinyTerminal(size);
  glass.write("$ kbt preview --watch\r\n");
  const before = glass.lines();
  const root = new AbortController();
  const pictures: string[][] = [];
  const shell: Shell = {
    env: { TERM: "xterm" },
    cwd: folder.path,
    homeDir: folder.path,
    version: "1.2.3",
    isTty: { stdout: true, stderr: false },
    terminal: { columns: () => size.columns, rows: () => size.rows, onResize: () => () => {} },
    signal: root.signal,
    stopCode: () => 130,
    monoMs: () => performance.now(),
    stdout: (text) => {
      glass.write(text);
      if (glass.isAlternate && text.includes("Ctrl-C ends")) pictures.push(glass.lines());
      if (pictures.length === 3 && !root.signal.aborted) root.abort(new StopRequest("SIGINT", 130));
    },
    stderr: () => {},
    readText: async () => null,
  };
  const args = ["preview", "--watch", "--sim", "--sim-speed", "60", "--series", "KXBTCD"];
  expect(await runProgram(args, shell)).toBe(0);
  for (const lines of pictures) {
    expect(lines[0]).toMatch(/^local exchange .* at .*Z {2}Ctrl-C ends$/);
    expect(lines.join("\n")).toMatch(/closes at \d\d:\d\d E[SD]T, in \d+m\d\ds\nstrike .*EV/);
  }
  expect(new Set(pictures.map(([head]) => head)).size).toBe(3);
  expect(glass.scrolled).toBe(0);
  expect(glass.lines()).toEqual(before);
  expect(glass).toMatchObject({ isAlternate: false, isCursorShown: true, isWrapping: true });
}, 60_000);
