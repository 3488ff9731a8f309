import { describe, expect, test } from "vitest";
import type { FaultRule } from "../../../../src/exchange/faults/fault-rule.ts";
import type { ExchangeResponse } from "../../../../src/exchange/server/types.ts";
import { START_MS, TICKER } from "../../../support/tiny-world.ts";
import { REST_PATH, signedHeaders } from "../server/client.ts";
import { runFor, tinyExchange } from "./rig.ts";

type Exchange = ReturnType<typeof tinyExchange>;

interface Heard {
  head: ExchangeResponse | null;
  body: string;
  end: "whole" | "reset" | null;
  atMs: number | null;
}

const ORDER = {
  ticker: TICKER,
  client_order_id: "c-1",
  side: "bid",
  count: "1.00",
  price: "0.0100",
  time_in_force: "good_till_canceled",
  self_trade_prevention_type: "taker_at_cross",
  exchange_index: 2,
};

function ask(exchange: Exchange, path: string, body?: object): Heard {
  const heard: Heard = { head: null, body: "", end: null, atMs: null };
  const method = body === undefined ? "GET" : "POST";
  const full = `${REST_PATH}${path}`;
  const signed = { method, path: full.split("?")[0] ?? "", atMs: exchange.world.nowMs() };
  const headers = { ...signedHeaders(exchange, signed), "content-type": "application/json" };
  const text = body === undefined ? "" : JSON.stringify(body);
  const over = (end: "whole" | "reset"): void => {
    heard.end = end;
    heard.atMs = exchange.world.nowMs() - START_MS;
  };
  exchange.serveHttp(
    { method, path: full, headers, body: text },
    {
      head: (response) => {
        heard.head = response;
      },
      part: (part) => {
        heard.body += part;
      },
      end: () => over("whole"),
      reset: () => over("reset"),
    },
  );
  return heard;
}

function status(rule: FaultRule): Heard {
  return ask(tinyExchange([rule]), `/markets/${TICKER}`);
}

describe("status", () => {
  test.each<[name: string, params: object, expected: object]>([
    ["the exchange's own 429", { status: 429 }, { body: '{"error":"too many requests"}' }],
    ["an empty 503 of the edge", { status: 503 }, { body: "" }],
    ["a page of the edge", { status: 502, html: true }, { body: expect.stringMatching(/^<html>/) }],
    [
      "a code",
      { status: 409, code: "trading_is_paused" },
      { body: '{"error":{"code":"trading_is_paused","message":"trading is paused"}}' },
    ],
  ])("%s", (_name, params, expected) => {
    const heard = status({ fault: "http_status", params });
    expect(heard).toMatchObject({ end: "whole", ...expected });
    expect(heard.head?.status).toBe((params as { status: number }).status);
  });

  test.each(["1", "0", "-1", "1000000000", "Wed, 21 Oct 2026 07:28:00 GMT"])(
    "Retry-After %s as it was given",
    (retry) => {
      const params = { status: 429, retry_after: retry };
      expect(status({ fault: "http_status", params }).head?.headers["retry-after"]).toBe(retry);
    },
  );

  test("no Retry-After at all when none was given", () => {
    expect(status({ fault: "http_status" }).head?.headers).not.toHaveProperty("retry-after");
  });
});

describe("before and after acceptance", () => {
  const creates = { method: "POST", path: "*/portfolio/events/orders" };

  function afterCreate(rule: FaultRule): { heard: Heard; orders: number } {
    const exchange = tinyExchange([{ ...rule, match: creates }]);
    const before = exchange.ledger.requestCount;
    const heard = ask(exchange, "/portfolio/events/orders", ORDER);
    return { heard, orders: exchange.ledger.requestCount - before };
  }

  test("without a fault the request is carried out", () => {
    const exchange = tinyExchange();
    ask(exchange, "/portfolio/events/orders", ORDER);
    expect(exchange.ledger.requestCount).toBe(1);
  });

  test.each<[name: string, rule: FaultRule, isCarriedOut: boolean]>([
    ["a 503 before", { fault: "http_status" }, false],
    ["a 503 after", { fault: "http_status", params: { after: true } }, true],
    ["a reset before", { fault: "http_lost", params: { stage: "before" } }, false],
    ["a reset after", { fault: "http_lost" }, true],
    ["silence before", { fault: "http_lost", params: { stage: "before", how: "never" } }, false],
    ["silence after", { fault: "http_lost", params: { how: "never" } }, true],
    ["a redirect", { fault: "http_redirect" }, false],
    ["an empty object", { fault: "http_body" }, true],
  ])("%s", (_name, rule, isCarriedOut) => {
    expect(afterCreate(rule).orders).toBe(isCarriedOut ? 1 : 0);
  });

  test("the third POST, and no other", () => {
    const exchange = tinyExchange([{ fault: "http_status", match: creates, when: { nth: 3 } }]);
    const statuses = [1, 2, 3, 4].map(
      () => ask(exchange, "/portfolio/events/orders", ORDER).head?.status,
    );
    expect(statuses.map((each) => each === 503)).toEqual([false, false, true, false]);
  });
});

describe("transport", () => {
  test.each<[how: "reset" | "never" | "after_headers" | "mid_body", expected: object]>([
    ["reset", { head: null, body: "", end: "reset" }],
    ["never", { head: null, body: "", end: null }],
    ["after_headers", { head: { status: 200 }, body: "", end: "reset" }],
    [
      "mid_body",
      { head: { status: 200 }, body: expect.stringMatching(/^\{"market"/), end: "reset" },
    ],
  ])("lost: %s", (how, expected) => {
    const heard = status({ fault: "http_lost", params: { how } });
    expect(heard).toMatchObject(expected);
    if (how === "mid_body") expect(() => JSON.parse(heard.body)).toThrow();
  });

  test("delayed by exchange time", () => {
    const exchange = tinyExchange([{ fault: "http_delayed", params: { ms: 2500 } }]);
    const heard = ask(exchange, `/markets/${TICKER}`);
    runFor(exchange, 2400);
    expect(heard.end).toBeNull();
    runFor(exchange, 9000);
    expect(heard).toMatchObject({ end: "whole", atMs: 2500 });
  });

  test("dripped: the whole body, in its own time", () => {
    const whole = ask(tinyExchange(), `/markets/${TICKER}`).body;
    const exchange = tinyExchange([{ fault: "http_dripped", params: { bytes_per_s: 500 } }]);
    const heard = ask(exchange, `/markets/${TICKER}`);
    runFor(exchange, 1000);
    expect(heard.body.length).toBeGreaterThan(0);
    expect(heard.body.length).toBeLessThan(whole.length);
    runFor(exchange, 60_000);
    expect(heard).toMatchObject({ end: "whole", body: whole });
    expect(heard.atMs).toBeGreaterThan((whole.length * 1000) / 500 - 1000);
  });

  test("a redirect says where to", () => {
    const params = { status: 308, location: "http://elsewhere/x" };
    const { head } = status({ fault: "http_redirect", params });
    expect(head).toMatchObject({ status: 308, headers: { location: "http://elsewhere/x" } });
  });

  test("a caller that needs the answer at once is told when there is none", () => {
    const exchange = tinyExchange([{ fault: "http_lost" }]);
    const request = { method: "GET", path: `${REST_PATH}/exchange/status`, headers: {}, body: "" };
    expect(() => exchange.handleHttp(request)).toThrow("a fault withholds the answer");
  });
});

function bodyWith(how: "huge" | "deep" | "error_object"): string {
  return status({ fault: "http_body", params: { how } }).body;
}

function fieldWith(params: object): { market: Record<string, unknown> } {
  return JSON.parse(status({ fault: "http_field", params }).body);
}

describe("answers", () => {
  test.each(["empty", "html", "truncated"] as const)("%s body under a 200", (how) => {
    const heard = status({ fault: "http_body", params: { how } });
    expect(heard.head?.status).toBe(200);
    expect(() => JSON.parse(heard.body)).toThrow();
  });

  test("a huge body, a deep one, an error under a 200", () => {
    expect(bodyWith("huge").length).toBeGreaterThan(16_000_000);
    expect(bodyWith("deep")).toContain("[".repeat(1000));
    expect(JSON.parse(bodyWith("error_object"))).toMatchObject({
      error: { code: "internal_error" },
    });
  });

  test("a body that nobody could take apart is put in last, whatever the order of the rules", () => {
    const exchange = tinyExchange([
      { fault: "http_body", params: { how: "deep" } },
      { fault: "list_changed", params: { how: "newest_twice" } },
    ]);
    expect(ask(exchange, "/markets").body).toContain("[".repeat(1000));
  });

  test("a field gone, or another value in its place", () => {
    expect(fieldWith({ path: "market.status", missing: true }).market).not.toHaveProperty("status");
    expect(fieldWith({ path: "market.status", value: '"strange"' }).market["status"]).toBe(
      "strange",
    );
    expect(fieldWith({ path: "market.close_time", value: "7" }).market["close_time"]).toBe(7);
    expect(
      fieldWith({ path: "market.price_ranges.0.step", value: '"-0.00"' }).market,
    ).toMatchObject({
      price_ranges: [{ step: "-0.00" }, { step: "0.0100" }, { step: "0.0010" }],
    });
  });

  test("a header of another value", () => {
    expect(status({ fault: "http_header" }).head?.headers["content-type"]).toBe("text/html");
  });

  test("the Date header and the check of signatures follow a clock that is off", () => {
    const exchange = tinyExchange([{ fault: "clock_skewed", params: { by_ms: -20_000 } }]);
    runFor(exchange, 0);
    const heard = ask(exchange, "/portfolio/balance");
    expect(heard.head?.status).toBe(401);
    expect(heard.body).toContain("header_timestamp_expired");
    expect(heard.head?.headers["date"]).toBe("Mon, 17 Aug 2026 04:49:40 GMT");
  });
});

describe("lists", () => {
  type How = Extract<FaultRule, { fault: "list_changed" }>["params"];

  function pages(how: NonNullable<How>["how"], when = {}): { tickers: string[][]; more: boolean } {
    const exchange = tinyExchange([
      { fault: "list_changed", when, ...(how === undefined ? {} : { params: { how } }) },
    ]);
    const tickers: string[][] = [];
    let cursor = "";
    for (let page = 0; page < 5; page++) {
      const query = cursor === "" ? "" : `&cursor=${cursor}`;
      const { body } = ask(exchange, `/markets?series_ticker=KXBTC15M${query}`);
      const { markets, cursor: next } = JSON.parse(body);
      tickers.push((markets ?? []).map((market: { ticker: string }) => market.ticker));
      cursor = next;
      if (cursor === "") return { tickers, more: false };
    }
    return { tickers, more: true };
  }

  const [first = "", second = ""] = pages("null", { nth: 99 }).tickers[0] ?? [];

  test("two markets, when nothing is wrong", () => {
    expect([first, second].every((ticker) => ticker.startsWith("KXBTC15M"))).toBe(true);
  });

  test.each([
    ["newest_missing", [[second]], false],
    ["newest_on_page_two", [[second], [first]], false],
    ["newest_twice", [[first, first, second]], false],
    ["null", [[]], false],
    ["one_per_page", [[first], [second]], false],
  ] as const)("%s", (how, tickers, more) => {
    expect(pages(how, how === "newest_on_page_two" ? { nth: 1 } : {})).toEqual({ tickers, more });
  });

  test("an empty page with a cursor, then the page itself", () => {
    expect(pages("empty_page", { nth: 1 }).tickers).toEqual([[], [first, second]]);
  });

  test("a cursor that always leads to the same page", () => {
    const { tickers, more } = pages("cursor_loop", { nth: 1 });
    expect(more).toBe(true);
    expect(tickers).toEqual(Array.from({ length: 5 }, () => [first, second]));
  });
});

describe("account reads", () => {
  test("zero for one read", () => {
    const exchange = tinyExchange([
      { fault: "read_changed", match: { path: "*/portfolio/balance" }, when: { nth: 2 } },
    ]);
    const balances = [1, 2, 3].map(() => JSON.parse(ask(exchange, "/portfolio/balance").body));
    expect(balances.map(({ balance }) => balance)).toEqual([100_000, 0, 100_000]);
    expect(balances[1]).toMatchObject({
      balance_dollars: "0000.0000",
      updated_ts: balances[0].updated_ts,
    });
  });

  test("as it was when the fault began, until it ends", () => {
    const exchange = tinyExchange([
      {
        fault: "read_changed",
        when: { afterMs: 1000, untilMs: 60_000 },
        params: { how: "frozen" },
      },
    ]);
    const asOf = (ms: number): string => {
      runFor(exchange, ms);
      return JSON.parse(ask(exchange, "/exchange/user_data_timestamp").body).as_of_time;
    };
    const [before, first, second, after] = [500, 10_000, 40_000, 70_000].map(asOf);
    expect(first).not.toBe(before);
    expect(second).toBe(first);
    expect(after).not.toBe(first);
  });
});
