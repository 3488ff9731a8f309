import { generateKeyPairSync } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createLogger, type LoggerOptions } from "../../../../src/adapters/platform/logger.ts";

const root = mkdtempSync(join(tmpdir(), "kbt-log-"));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;

function aLog(
  globals: Partial<LoggerOptions["ctx"]["globals"]> = {},
  parts: { path?: string; tty?: boolean } = {},
) {
  const path = parts.path ?? join(root, `d${count++}`, "logs", "kbt.jsonl");
  let err = "";
  const log = createLogger({
    ctx: {
      globals: { debug: false, quiet: false, logLevel: null, color: false, ...globals },
      isTty: { stderr: parts.tty ?? false },
      stderr: (text) => {
        err += text;
      },
    },
    path,
    component: "test",
  });
  return {
    log,
    path,
    err: () => err,
    file: () => (existsSync(path) ? readFileSync(path, "utf8") : ""),
  };
}

const writeAll = ({ log }: ReturnType<typeof aLog>): void => {
  for (const level of ["trace", "debug", "info", "warn", "error"] as const)
    log[level]({ ev: `x.${level}` }, level);
};
const levelsIn = (text: string): string[] =>
  [...text.matchAll(/x\.(\w+)/g)].map(([, level]) => level ?? "");

describe("levels", () => {
  test.each([
    ["nothing", {}, ["info", "warn", "error"], ["warn", "error"]],
    [
      "--debug",
      { debug: true },
      ["debug", "info", "warn", "error"],
      ["debug", "info", "warn", "error"],
    ],
    ["--log-level error", { logLevel: "error" }, ["error"], ["error"]],
    ["--log-level silent", { logLevel: "silent" }, [], []],
    [
      "--log-level wins over --debug",
      { debug: true, logLevel: "warn" },
      ["warn", "error"],
      ["warn", "error"],
    ],
    ["--quiet", { quiet: true }, ["info", "warn", "error"], ["error"]],
  ] as const)("with %s", (_, globals, inFile, onStderr) => {
    const log = aLog(globals);
    writeAll(log);
    expect(levelsIn(log.file())).toEqual(inFile);
    expect(levelsIn(log.err())).toEqual(onStderr);
  });
});

describe("secrets", () => {
  test("I36: a planted key appears nowhere, whatever carries it", () => {
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const keyId = "a952bcbe-ec3b-4b5b-b8f9-11dae589608c";
    const log = aLog({ logLevel: "trace" });
    log.log.addSecret(privateKey);
    log.log.addSecret(keyId);
    const bodyLine = privateKey.split("\n")[3] ?? "";
    const child = log.log.child({ component: "rest", keyId });
    child.info({ ev: "a.b", any: { deep: { deeper: privateKey } } }, `key ${keyId}`);
    child.error({ ev: "a.c", err: new Error(`401 for ${keyId}`, { cause: privateKey }) }, "failed");
    child.warn({ ev: "a.d", text: `part ${bodyLine} of it` }, "quoted");
    child.info({ ev: "a.e", list: [keyId], [keyId]: 1 }, "named");
    const everything = log.file() + log.err();
    expect(everything).toContain("[redacted]");
    for (const line of privateKey.split("\n").filter((text) => text.length > 10)) {
      if (!line.startsWith("-----")) expect(everything).not.toContain(line);
    }
    expect(everything).not.toContain(keyId);
    for (const line of log.file().trimEnd().split("\n"))
      expect(() => JSON.parse(line)).not.toThrow();
  });

  test("headers and signatures are redacted by name, errors cut to name, code and text", () => {
    const log = aLog();
    const err = Object.assign(new Error("socket closed"), {
      code: "ECONNRESET",
      request: { headers: "canary-1" },
    });
    log.log.info(
      { ev: "a.b", headers: { x: "canary-2" }, request: { signature: "canary-3" }, err },
      "x",
    );
    log.log.info({ ev: "a.c", "KALSHI-ACCESS-SIGNATURE": "canary-4" }, "y");
    expect(log.file()).not.toContain("canary");
    expect(JSON.parse(log.file().split("\n")[0] ?? "")).toMatchObject({
      component: "test",
      err: { type: "Error", code: "ECONNRESET", message: "socket closed" },
    });
  });

  test("a text too short to be a secret hides nothing", () => {
    const log = aLog();
    log.log.addSecret("a");
    log.log.info({ ev: "a.b" }, "a banana");
    expect(log.file()).toContain("a banana");
  });
});

describe("the file", () => {
  test("is private, and so is its folder", () => {
    const { log, path } = aLog();
    log.info({ ev: "a.b" }, "x");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
  });

  test("that cannot be written is a warning, and work goes on", () => {
    const blocked = join(root, "not-a-folder");
    writeFileSync(blocked, "");
    const log = aLog({}, { path: join(blocked, "kbt.jsonl") });
    writeAll(log);
    expect(log.err()).toMatch(/^warning: the log .* is not written: /);
    expect(levelsIn(log.err())).toEqual(["warn", "error"]);
    log.log.close();
  });

  test("is never a link to another file", () => {
    const target = join(root, "target");
    writeFileSync(target, "precious");
    const link = join(root, "link.jsonl");
    symlinkSync(target, link);
    const log = aLog({}, { path: link });
    writeAll(log);
    expect(readFileSync(target, "utf8")).toBe("precious");
    expect(log.err()).toContain("is not written");
  });

  test("starts anew when it is full, and keeps one old file", () => {
    const path = join(root, "full.jsonl");
    writeFileSync(path, "");
    truncateSync(path, 64 * 1024 * 1024);
    const log = aLog({}, { path });
    log.log.info({ ev: "x.info" }, "first of the new file");
    expect(statSync(`${path}.1`).size).toBe(64 * 1024 * 1024);
    expect(levelsIn(log.file())).toEqual(["info"]);
  });

  test("takes nothing after close", () => {
    const log = aLog();
    log.log.close();
    log.log.close();
    writeAll(log);
    expect(log.file()).toBe("");
  });
});

test.each([
  ["a terminal with colours", { tty: true, color: true }, "\u001b[33mwarn\u001b[0m test a.b gap\n"],
  ["a terminal without", { tty: true, color: false }, "warn test a.b gap\n"],
])("on %s a line says its level", (_, { color, tty }, line) => {
  const log = aLog({ color }, { tty });
  log.log.warn({ ev: "a.b" }, "gap");
  expect(log.err()).toBe(line);
});

test("elsewhere there are no colours, whatever is asked for", () => {
  const log = aLog({ color: true }, { tty: false });
  log.log.warn({ ev: "a.b" }, "gap");
  expect(JSON.parse(log.err())).toMatchObject({ level: 40, msg: "gap" });
});

describe("remote text", () => {
  const text = "a\u001b[2J\u009b31m\u202eb";

  test("stays in the file, escaped", () => {
    const log = aLog();
    log.log.info({ ev: "a.b", text }, "x");
    // oxlint-disable-next-line no-control-regex
    expect(log.file()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(log.file())).toMatchObject({ text });
  });

  test("I38: cannot command a terminal", () => {
    const log = aLog({}, { tty: true });
    log.log.warn({ ev: "a.b", text, gap_ms: 3 }, "gap");
    // oxlint-disable-next-line no-control-regex
    expect(log.err()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(log.err()).toMatch(/^warn test a\.b gap text="a.*" gap_ms=3\n$/);
  });

  test("cannot command a terminal through pino-pretty either", async () => {
    const log = aLog({ debug: true }, { tty: true });
    log.log.debug({ ev: "a.b", text }, "first");
    await expect.poll(() => log.err()).toContain("first");
    log.log.info({ ev: "a.c" }, "second");
    log.log.close();
    expect(log.err()).toContain("second");
    // oxlint-disable-next-line no-control-regex
    expect(log.err()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  test("lines that wait for pino-pretty are not lost when the log closes first", () => {
    const log = aLog({ debug: true }, { tty: true });
    log.log.error({ ev: "a.b" }, "last words");
    log.log.close();
    expect(log.err()).toContain("last words");
  });
});
