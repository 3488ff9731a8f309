import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../src/adapters/platform/virtual-clock.ts";
import type { Environment } from "../../../src/app/compose/environment.ts";
import { openRawFiles } from "../../../src/app/compose/raw.ts";

const folder = mkdtempSync(join(tmpdir(), "kbt-raw-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("raw files", () => {
  test("a file that cannot be written costs no other its last lines", async () => {
    mkdirSync(join(folder, "raw"));
    symlinkSync("/dev/full", join(folder, "raw", "20260101T000000Z.coinbase.jsonl.gz"));
    const env: Pick<Environment, "clock" | "http" | "openSocket"> = {
      clock: new VirtualClock(Date.UTC(2026, 0, 1)),
      http: { request: () => Promise.resolve({ status: 200, headers: {}, body: "{}" }) },
      openSocket: () => ({ send: () => {}, close: () => {} }),
    };
    const raw = openRawFiles(env, join(folder, "kbt.db"), []);
    for (const feed of ["coinbase", "kraken"]) {
      const { http } = await raw.environmentOf(feed);
      const request = { method: "GET", url: `https://${feed}.example/`, headers: {} } as const;
      await http.request(request, new AbortController().signal);
    }
    await expect(raw.close()).rejects.toMatchObject({ code: "RAW_FAILED" });
    const whole = readFileSync(join(folder, "raw", "20260101T000000Z.kraken.jsonl.gz"));
    expect(gunzipSync(whole).toString().trim().split("\n")).toHaveLength(2);
  });

  test("what a feed would read from its bytes is in the file like everything else", async () => {
    const env: Pick<Environment, "clock" | "http" | "openSocket"> = {
      clock: new VirtualClock(Date.UTC(2026, 0, 2)),
      http: { request: () => Promise.reject(new Error("nothing is asked for")) },
      openSocket: (_url, _headers, handlers) => {
        const frame = '{"type":"ok"}';
        if (handlers.onBytes?.(Buffer.from(frame), 1) !== true) handlers.onMessage(frame, 1);
        return { send: () => {}, close: () => {} };
      },
    };
    const raw = openRawFiles(env, join(folder, "kbt.db"), []);
    const { openSocket } = await raw.environmentOf("kalshi");
    const heard: string[] = [];
    openSocket(
      "wss://h",
      {},
      {
        onOpen: () => {},
        onBytes: () => true,
        onMessage: (text) => heard.push(text),
        onClose: () => {},
      },
    );
    await raw.close();
    expect(heard).toEqual(['{"type":"ok"}']);
    const file = readFileSync(join(folder, "raw", "20260102T000000Z.kalshi.jsonl.gz"));
    expect(gunzipSync(file).toString()).toContain('"frame":{"type":"ok"}');
  });
});
