// The order calls of the demo session of 2026-06-11, made again in their order and at their pace: same status, and the
// same bytes but for ids, times and what was changed since.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { TinyWorld, tinyMarket } from "../../../support/tiny-world.ts";
import { OrderRig } from "./order-rig.ts";

const folder = path.resolve(
  import.meta.dirname,
  "../../../../../shared/data/kalshi/rest-demo-20260611",
);
const isThere = existsSync(folder);
const TICKER = "KXWTACHALLENGERMATCH-26JUN11JIMLEP-LEP";

interface Recording {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly recorded_at_epoch_ms: number;
  readonly request_body: unknown;
}

function recordingOf(name: string): Recording & { readonly body: string } {
  const meta: Recording = JSON.parse(readFileSync(path.join(folder, `${name}.meta.json`), "utf8"));
  return { ...meta, body: readFileSync(path.join(folder, `${name}.json`), "utf8").trim() };
}

/** Ids and times differ; `service` was removed and `exchange_index` added in August 2026 (kalshi.md §2.12). */
function comparable(body: string): string {
  return body
    .replaceAll(/,"service":"exchange"/g, "")
    .replaceAll(/"exchange_index":\d,/g, "")
    .replaceAll(/"(order_id|trade_id|fill_id)":"[^"]*"/g, '"$1":"id"')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]*Z/g, "time")
    .replaceAll(/"(ts|ts_ms)":\d+/g, '"$1":0');
}

const SESSION = [
  "orders__create_v2_maker",
  "orders__duplicate_client_order_id",
  "orders__get_after_create",
  "orders__cancel_v2",
  "orders__get_after_cancel",
  "orders__cancel_already_canceled",
  "orders__cancel_unknown_id",
  "orders__create_v2_taker_ioc",
  "orders__insufficient_balance",
  "orders__invalid_price_structure",
  "orders__numeric_field_types",
  "orders__post_only_cross",
] as const;

function demoRig(): OrderRig {
  const world = new TinyWorld();
  const market = tinyMarket({
    ticker: TICKER,
    structure: "linear_cent",
    ranges: [{ startCc: 0, endCc: 10_000, stepCc: 100 }],
    // The session was before there were shards.
    exchangeIndex: 0,
  });
  world.addMarket(market, { yes: [], no: [] });
  const cash = [{ exchangeIndex: 0, subaccount: 0, amountUd: 98_018_600 }];
  const rig = new OrderRig({ world, cash, ticker: TICKER, lag: { minMs: 500, maxMs: 1500 } });
  rig.offer("yes", 4700, 1000);
  rig.offer("no", 4800, 1000);
  return rig;
}

describe.skipIf(!isThere)(
  isThere
    ? `the recorded order session: ${SESSION.length} calls`
    : `SKIPPED: ../shared/data absent, ${SESSION.length} recorded order calls were not made again`,
  () => {
    test("same calls, same answers", () => {
      const rig = demoRig();
      const ids = new Map<string, string>();
      let lastMs = 0;
      for (const name of SESSION) {
        const recorded = recordingOf(name);
        if (lastMs > 0) rig.pass(recorded.recorded_at_epoch_ms - lastMs);
        lastMs = recorded.recorded_at_epoch_ms;
        const url = recorded.path
          .replace("/trade-api/v2", "")
          .replace(/[^/]*$/, (last) => ids.get(last) ?? last);
        const answer = rig.send(recorded.method, url, recorded.request_body ?? undefined);
        expect(answer.status, name).toBe(recorded.status);
        expect(comparable(answer.body), name).toBe(comparable(recorded.body));
        if (recorded.status !== 201) continue;
        ids.set(JSON.parse(recorded.body).order_id, answer.json.order_id);
      }
    });

    test("lists and balance have the recorded entries, key by key", () => {
      const rig = demoRig();
      const taker = recordingOf("orders__create_v2_taker_ioc");
      rig.send("POST", "/portfolio/events/orders", taker.request_body);
      rig.pass(2000);
      const [fill] = JSON.parse(recordingOf("fills__after_taker").body).fills;
      const ownFill = JSON.stringify(rig.get("/portfolio/fills?limit=10").json.fills[0]);
      expect(comparable(ownFill)).toBe(comparable(JSON.stringify(fill)));
      const [order] = JSON.parse(recordingOf("portfolio__orders_list").body).orders;
      const ownOrder = JSON.stringify(rig.get("/portfolio/orders?limit=10").json.orders[0]);
      expect(comparable(ownOrder)).toBe(comparable(JSON.stringify(order)));
      const balance = JSON.parse(recordingOf("auth__balance_ok").body);
      const own = JSON.parse(rig.get("/portfolio/balance").body);
      expect(Object.keys(own)).toEqual(Object.keys(balance));
      expect(own.balance_breakdown.map(Object.keys)).toEqual(
        balance.balance_breakdown.map(Object.keys),
      );
      expect(rig.get("/portfolio/settlements?limit=10").body).toBe(
        recordingOf("settlements__page").body,
      );
    });

    test.each(["orders__legacy_create", "orders__legacy_cancel"])(
      "%s was still answered then and is gone now",
      (name) => {
        const { method, path: url, request_body } = recordingOf(name);
        const answer = demoRig().send(method, url.replace("/trade-api/v2", ""), request_body);
        expect(answer.status).toBe(410);
      },
    );
  },
);
