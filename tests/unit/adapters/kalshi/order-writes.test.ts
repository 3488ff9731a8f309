import { expect, test } from "vitest";
import { createOrderWrites } from "../../../../src/adapters/kalshi/order-writes.ts";
import { KbtError } from "../../../../src/core/errors.ts";
import { price, qty } from "../../../../src/core/units.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../../../../src/ports.ts";
import type { OrderTerms } from "../../../../src/ports-trading.ts";
import { advance, newClock } from "../fakes.ts";

const { signal } = new AbortController();
const NOW = newClock().nowMs();

const TERMS: OrderTerms = {
  clientOrderId: "2b8394e0",
  ticker: "KXBTC15M-26AUG170100-00",
  side: "yes",
  action: "buy",
  price: price(9_530),
  qty: qty(100),
  timeInForce: "ioc",
  postOnly: false,
  expiresMs: null,
  groupId: null,
  exchangeIndex: 2,
};
const ACCEPTED = {
  order_id: "97ec18b7",
  client_order_id: "2b8394e0",
  fill_count: "1.00",
  remaining_count: "0.00",
};

type Reaction = Partial<HttpResponse> | KbtError | Error;

/** An exchange that reacts the same way each time, and what it was sent. */
function writesAgainst(reaction: Reaction) {
  const clock = newClock();
  const sent: HttpRequest[] = [];
  const stamps: number[] = [];
  const http: HttpClient = {
    request: (request) => {
      sent.push(request);
      return reaction instanceof Error
        ? Promise.reject(reaction)
        : Promise.resolve({ status: 201, headers: {}, body: "", ...reaction });
    },
  };
  const signer = {
    keyId: "k",
    sign: (tsMs: number, method: string) => {
      stamps.push(tsMs);
      return {
        "KALSHI-ACCESS-KEY": "k",
        "KALSHI-ACCESS-TIMESTAMP": String(tsMs),
        "KALSHI-ACCESS-SIGNATURE": method,
      };
    },
  };
  const writes = createOrderWrites({ baseUrl: "https://h/trade-api/v2", http, clock, signer });
  return { writes, sent, clock, stamps };
}

function failed(cause: string, code = "NETWORK_FAILED"): KbtError {
  return new KbtError({ kind: "network", code, message: "no answer", details: { cause } });
}

const always = (): boolean => true;
const place = (reaction: Reaction, terms = TERMS) => {
  const { sent, writes } = writesAgainst(reaction);
  return writes.place(terms, always, signal).then((placed) => ({ placed, sent }));
};

test("I11: an order as it goes on the wire: decimal strings of integers, on the YES leg, with its shard", async () => {
  const { sent } = await place({ body: JSON.stringify(ACCEPTED) });
  expect(sent).toHaveLength(1);
  const [request] = sent;
  expect(request?.method).toBe("POST");
  expect(request?.url).toBe("https://h/trade-api/v2/portfolio/events/orders");
  expect(JSON.parse(request?.body ?? "")).toEqual({
    ticker: "KXBTC15M-26AUG170100-00",
    client_order_id: "2b8394e0",
    side: "bid",
    count: "1.00",
    price: "0.9530",
    time_in_force: "immediate_or_cancel",
    self_trade_prevention_type: "taker_at_cross",
    exchange_index: 2,
  });
});

test("I30: a purchase that takes is in the group, which refuses it when it is still on its way", async () => {
  const { sent } = await place({ body: "" }, { ...TERMS, groupId: "g" });
  expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({
    time_in_force: "immediate_or_cancel",
    order_group_id: "g",
  });
});

test("I10: what rests carries its end and its group; a sale that takes only reduces", async () => {
  const resting = { ...TERMS, timeInForce: "gtc", postOnly: true, side: "no" } as const;
  const whole = { ...resting, expiresMs: 1_786_942_000_000, groupId: "g" };
  const { sent } = await place({ body: "" }, whole);
  expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({
    side: "ask",
    price: "0.0470",
    time_in_force: "good_till_canceled",
    expiration_time: 1_786_942_000,
    order_group_id: "g",
    post_only: true,
    cancel_order_on_pause: true,
  });
  const sale = await place({ body: "" }, { ...TERMS, action: "sell" });
  expect(JSON.parse(sale.sent[0]?.body ?? "")).toMatchObject({ side: "ask", reduce_only: true });
  await expect(place({ body: "" }, { ...whole, expiresMs: null })).rejects.toThrow(RangeError);
  await expect(place({ body: "" }, { ...whole, groupId: null })).rejects.toThrow(RangeError);
});

const error = (code: string) => JSON.stringify({ error: { code, message: code } });

test.each([
  {
    what: "a whole acknowledgement",
    reaction: { body: JSON.stringify(ACCEPTED) },
    type: "accepted",
  },
  { what: "an empty object", reaction: { body: "{}" }, type: "unknown" },
  { what: "HTML with 200", reaction: { status: 200, body: "<html>" }, type: "unknown" },
  { what: "204", reaction: { status: 204 }, type: "unknown" },
  { what: "408", reaction: { status: 408 }, type: "unknown" },
  { what: "500", reaction: { status: 500 }, type: "unknown" },
  { what: "503 with a code", reaction: { status: 503, body: error("x") }, type: "unknown" },
  { what: "a redirect", reaction: { status: 307 }, type: "unknown" },
  { what: "418", reaction: { status: 418 }, type: "unknown" },
  {
    what: "an id that exists",
    reaction: { status: 409, body: error("order_already_exists") },
    type: "unknown",
  },
  { what: "a pause", reaction: { status: 409, body: error("trading_is_paused") }, type: "refused" },
  {
    what: "no money",
    reaction: { status: 400, body: error("insufficient_balance") },
    type: "refused",
  },
  {
    what: "no budget",
    reaction: { status: 429, body: '{"error":"too many requests"}' },
    type: "refused",
  },
  { what: "no scope", reaction: { status: 403 }, type: "refused" },
  { what: "a refused connection", reaction: failed("ECONNREFUSED"), type: "not_sent" },
  { what: "no such host", reaction: failed("ENOTFOUND"), type: "not_sent" },
  {
    what: "a connection that takes too long",
    reaction: failed("UND_ERR_CONNECT_TIMEOUT"),
    type: "not_sent",
  },
  {
    what: "an answer that takes too long",
    reaction: failed("UND_ERR_HEADERS_TIMEOUT"),
    type: "unknown",
  },
  { what: "a reset", reaction: failed("ECONNRESET"), type: "unknown" },
  { what: "a failure of some kind", reaction: new Error("?"), type: "unknown" },
])("I4: $what leaves an order $type, and is sent once (I12)", async ({ reaction, type }) => {
  const { placed, sent } = await place(reaction);
  expect(placed.type).toBe(type);
  expect(sent).toHaveLength(1);
});

test("I35: creates beyond the budget are dropped, and cancels still get through", async () => {
  const { clock, sent, writes } = writesAgainst({ body: JSON.stringify(ACCEPTED) });
  const create = () => writes.place(TERMS, always, signal);
  const placed = await Promise.all([create(), create(), create()]);
  expect(placed.map(({ type }) => type)).toEqual(["accepted", "accepted", "accepted"]);
  // Two more may wait for their tokens; a third would have to wait for longer than its decision is good for.
  const waiting = [create(), create()];
  expect(await create()).toEqual({ type: "not_sent", reason: "rate_limited" });
  const at = { exchangeId: "97ec18b7", ticker: "T", exchangeIndex: 2 };
  expect(await writes.cancel(at, signal)).toBeNull();
  expect(sent.at(-1)?.url).toBe(
    "https://h/trade-api/v2/portfolio/events/orders/97ec18b7?exchange_index=2&market_ticker=T",
  );
  await advance(clock, 250);
  expect(await Promise.all(waiting)).toMatchObject([{ type: "accepted" }, { type: "accepted" }]);
});

test("an order that may leave no more when its turn comes is not sent, and none is signed before it leaves", async () => {
  const { clock, sent, stamps, writes } = writesAgainst({ body: JSON.stringify(ACCEPTED) });
  const inTime = (): boolean => clock.nowMs() <= NOW + 250;
  clock.moveTo(NOW + 300);
  expect(await writes.place(TERMS, inTime, signal)).toEqual({
    type: "not_sent",
    reason: "too_late",
  });
  expect(sent).toEqual([]);
  expect(stamps).toEqual([]);
  await writes.place(TERMS, always, signal);
  expect(stamps).toEqual([NOW + 300]);
});

test("I9: a cancel says what was answered and never that the order is over", async () => {
  const at = { exchangeId: "x", ticker: "T", exchangeIndex: 2 };
  for (const [reaction, said] of [
    [{ status: 200, body: "{}" }, null],
    [{ status: 404, body: error("not_found") }, "not_found"],
    [failed("ECONNRESET", "NETWORK_RESET"), "network_reset"],
  ] as const) {
    expect(await writesAgainst(reaction).writes.cancel(at, signal)).toBe(said);
  }
});
