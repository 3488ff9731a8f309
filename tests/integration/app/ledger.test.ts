import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { createRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { ledger } from "../../../src/app/compose/ledger.ts";
import type { LedgerOptions } from "../../../src/app/context.ts";
import { AccountFile, aFullAccount } from "../../support/account-file.ts";
import { parseCsv } from "../../support/csv.ts";
import { ledgerContext, noOptions } from "../../support/ledger-context.ts";
import { T0 } from "../sqlite/support.ts";

// `kbt ledger` on a file in which everything has happened that can happen to an account.

const folder = mkdtempSync(join(tmpdir(), "kbt-ledger-"));
const path = join(folder, "kbt.sqlite");

beforeAll(async () => {
  const run = { mode: "live", startedMs: T0, version: "0", config: {}, command: "live" } as const;
  const recorder = createRecorder({ path, env: "sim", run, nowMs: () => T0 + 60_000 });
  const terms = [{ fromMs: 0, feeType: "quadratic", multiplierBps: 10_000 }];
  recorder.event({ type: "fees", scope: "series", ticker: "KXBTC15M", terms, recvMs: T0 });
  aFullAccount(new AccountFile(recorder, T0));
  await recorder.close(0);
  return () => rmSync(folder, { recursive: true });
});

async function ask(options: Partial<LedgerOptions>, json = true) {
  const { ctx, stderr } = ledgerContext(path, json);
  const result = await ledger(ctx, { ...noOptions, ...options });
  return { ...result, stderr: stderr() };
}

describe("positions", () => {
  test("say what is held, what it must pay and what it may pay", async () => {
    const { data } = await ask({ what: "positions" });
    expect(data).toMatchObject([
      {
        ticker: "KXBTC15M-26NOV021415-F",
        qty: "-2.00",
        cost: "0.317900",
        break_even: "0.1590",
        max_payout: "2.000000",
        mark: null,
        pnl_open: null,
      },
    ]);
  });
});

describe("orders", () => {
  test.each([
    [{ status: "rejected" } as const, [["KXBTC15M-26NOV021415-F", "rejected"]]],
    [{ status: "canceled" } as const, [["KXBTC15M-26NOV021415-A", "canceled"]]],
    [{ status: "open" } as const, []],
    [
      { ticker: "KXBTC15M-26NOV021415-B" },
      [
        ["KXBTC15M-26NOV021415-B", "filled"],
        ["KXBTC15M-26NOV021415-B", "filled"],
      ],
    ],
  ])("of %j", async (options, expected) => {
    const { data } = await ask({ what: "orders", ...options });
    expect(data).toMatchObject(expected.map(([ticker, state]) => ({ ticker, state })));
    expect(data).toHaveLength(expected.length);
  });
});

describe("profit", () => {
  test.each(["strategy", "series", "day", "side", "price", "hour"] as const)(
    "by %s is the same sum, with the fees that were charged and those of the schedule",
    async (by) => {
      const { data } = await ask({ what: "pnl", by });
      const rows = data as { pnl: string; fees: string; fees_modelled: string }[];
      const sum = (name: "pnl" | "fees" | "fees_modelled") =>
        rows.reduce((total, row) => total + Math.round(Number(row[name]) * 1e6), 0);
      expect(sum("fees")).toBe(584_500);
      // The fill of 3.33 contracts was charged $0.0001 more than the schedule says.
      expect(sum("fees_modelled")).toBe(584_400);
      // By hand: 1.9212 in pieces, 1.4921 of both sides, -0.159989 scalar, 1.1552 void, -8.112 amended.
      expect(sum("pnl")).toBe(-3_703_489);
    },
  );

  test("by side and price tells one from the other", async () => {
    const { data } = await ask({ what: "pnl", by: "side" });
    expect(data).toMatchObject([{ key: "no" }, { key: "yes" }]);
    expect(await ask({ what: "pnl", by: "price" })).toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ key: "80-90c", pnl: "-8.112000" })]),
    });
  });
});

describe("lots", () => {
  test("are written with sums that equal the ledger", async () => {
    const { data, exitCode } = await ask({ what: "export", exportWhat: "lots", year: 2026 });
    expect(exitCode).toBe(0);
    const { control_totals: totals, lots } = data as {
      control_totals: Record<string, string>[];
      lots: Record<string, string | null>[];
    };
    const cents = (name: string) =>
      lots.reduce((sum, lot) => sum + Math.round(Number(lot[name]) * 1e6), 0);
    expect(totals).toMatchObject([{ mode: "live", lots: lots.length, difference: "0.000000" }]);
    for (const name of ["proceeds", "paid", "fees", "gain"]) {
      expect(Number(totals[0]?.[name]) * 1e6).toBeCloseTo(cents(name), 6);
    }
    expect(lots.map(({ end }) => end)).toEqual(
      expect.arrayContaining(["sold", "netted", "settled", "corrected"]),
    );
    expect(await ask({ what: "export", exportWhat: "lots", year: 2025 })).toMatchObject({
      data: { lots: [] },
    });
  });

  test("as CSV come back as they went out, the open ones last and the sums beside them", async () => {
    const { stderr, text } = await ask({ what: "export", exportWhat: "lots" }, false);
    const [head = [], ...rows] = parseCsv(text);
    expect(head).toContain("gain_ud");
    expect(rows.at(-1)?.[head.indexOf("end")]).toBe("open");
    expect(stderr).toContain("difference 0.000000");
  });

  test.each([
    [{ year: 2026, since: { agoMs: 1 } }, "a time by itself"],
    [{ runId: 1 }, "from run to run"],
    [{ exportWhat: "trades", year: 2026 } as const, "--year is for lots"],
  ])("%j is a usage error", async (options, text) => {
    const asked = ask({ what: "export", exportWhat: "lots", ...options });
    await expect(asked).rejects.toThrow(text);
  });
});
