import { expect, test } from "vitest";
import { readAccountHistory } from "../../../../src/adapters/kalshi/account-history.ts";
import type { HttpClient } from "../../../../src/ports.ts";
import { newClock } from "../fakes.ts";

const SINCE = "2026-08-17T04:00:00Z";
const BEFORE = "2026-08-17T03:00:00Z";
const AFTER = "2026-08-17T05:00:00Z";

/** Historical lists that are asked for an account since a time. */
async function historicalLists(cutoff: Readonly<Record<string, string>>): Promise<string[]> {
  const asked: string[] = [];
  const http: HttpClient = {
    request: ({ url }) => {
      const path = new URL(url).pathname.replace("/trade-api/v2", "");
      asked.push(path);
      const empty = { fills: [], orders: [], settlements: [], market_positions: [], cursor: "" };
      const body = JSON.stringify(path === "/historical/cutoff" ? cutoff : empty);
      return Promise.resolve({ status: 200, headers: {}, body });
    },
  };
  const signed = {
    "KALSHI-ACCESS-KEY": "k",
    "KALSHI-ACCESS-TIMESTAMP": "0",
    "KALSHI-ACCESS-SIGNATURE": "s",
  };
  const signer = { keyId: "k", sign: () => signed };
  const options = { baseUrl: "https://h/trade-api/v2", http, clock: newClock(), signer };
  await readAccountHistory(options, Date.parse(SINCE), new AbortController().signal);
  return asked.filter((path) => /historical\/(fills|orders)/.test(path));
}

test.each([
  [{ market_settled_ts: BEFORE, trades_created_ts: BEFORE, orders_updated_ts: BEFORE }, []],
  [
    { market_settled_ts: BEFORE, trades_created_ts: BEFORE, orders_updated_ts: AFTER },
    ["/historical/orders"],
  ],
  [
    { market_settled_ts: AFTER, trades_created_ts: AFTER, orders_updated_ts: BEFORE },
    ["/historical/fills"],
  ],
  [{ market_settled_ts: BEFORE, trades_created_ts: BEFORE }, ["/historical/orders"]],
])("with the cutoffs %j it asks for %j", async (cutoff, lists) => {
  expect(await historicalLists(cutoff)).toEqual(lists);
});
