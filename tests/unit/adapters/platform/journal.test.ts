import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { openJournal } from "../../../../src/adapters/platform/journal.ts";

function tempFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "kbt-journal-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "raw", "run.jsonl.gz");
}

function linesOf(path: string): unknown[] {
  const text = gunzipSync(readFileSync(path)).toString();
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

test("frames, notes and what was sent, one line each and in order", async () => {
  const path = tempFile();
  const journal = await openJournal(path);
  journal.control({ event: "connected" }, 1_700_000_000_000);
  journal.sent('{"id":1}', 1_700_000_000_001);
  journal.frame('{"type":"ticker","msg":{}}\n', 1_700_000_000_002);
  await journal.close();
  expect(linesOf(path)).toEqual([
    { recv_ns: "1700000000000000000", control: { event: "connected" } },
    { recv_ns: "1700000000001000000", control: { event: "sent", text: '{"id":1}' } },
    { recv_ns: "1700000000002000000", frame: { type: "ticker", msg: {} } },
  ]);
});

test.each([
  ["cut", '{"type":'],
  ["two lines", '{"a":\n1}'],
  ["empty", ""],
  ["bytes", "\u0000\u009f"],
])("a frame that is no line of JSON is kept as text: %s", async (_name, text) => {
  const path = tempFile();
  const journal = await openJournal(path);
  journal.frame(text, 5);
  await journal.close();
  expect(linesOf(path)).toEqual([{ recv_ns: "5000000", raw: text }]);
});

test("chunks are written as they fill, and a second run appends", async () => {
  const path = tempFile();
  for (const from of [0, 2500]) {
    const journal = await openJournal(path);
    for (let at = from; at < from + 2500; at++) journal.frame(`{"n":${at}}`, at);
    await journal.close();
    expect(journal.bytes).toBeGreaterThan(0);
  }
  expect(linesOf(path)).toHaveLength(5000);
});

test("a chunk that was cut off by a kill costs no line before it", async () => {
  const path = tempFile();
  const journal = await openJournal(path);
  journal.frame('{"n":1}', 1);
  await journal.close();
  const whole = readFileSync(path);
  appendFileSync(path, whole.subarray(0, whole.length / 2));
  const text = gunzipSync(readFileSync(path), { finishFlush: 2 }).toString();
  expect(text.startsWith('{"recv_ns":"1000000","frame":{"n":1}}\n')).toBe(true);
});

test("a journal that cannot be made is one clear error", async () => {
  await expect(openJournal("/proc/no/such.gz")).rejects.toMatchObject({ kind: "store" });
});

test("a full disk ends the feed, not the process", async () => {
  const journal = await openJournal("/dev/full");
  journal.frame('{"n":1}', 1);
  await expect(journal.close()).rejects.toMatchObject({ code: "RAW_FAILED", kind: "store" });
  expect(() => journal.frame('{"n":2}', 2)).toThrow(/raw journal/);
});
