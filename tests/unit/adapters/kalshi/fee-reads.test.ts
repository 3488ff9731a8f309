import { expect, test } from "vitest";
import { createKalshiRest, type KalshiRest } from "../../../../src/adapters/kalshi/rest.ts";
import { type Answer, FakeHttp, newClock } from "../fakes.ts";

const signal = new AbortController().signal;

function rest(answer: (url: URL) => Answer): { rest: KalshiRest; http: FakeHttp } {
  const http = new FakeHttp((url) => answer(url));
  const options = { baseUrl: "https://h/trade-api/v2", http, clock: newClock(), signer: null };
  return { rest: createKalshiRest(options), http };
}

const bodies: Record<string, unknown> = {
  "/series/S": { series: { ticker: "S", fee_type: "quadratic", fee_multiplier: 0.5 } },
  "/series/fee_changes": {
    series_fee_change_arr: [
      {
        id: "1",
        series_ticker: "S",
        fee_type: "flat",
        fee_multiplier: 2,
        scheduled_ts: "2026-08-17T21:00:00Z",
      },
      {
        id: "2",
        series_ticker: "OTHER",
        fee_type: "flat",
        fee_multiplier: 3,
        scheduled_ts: "2026-08-17T21:00:00Z",
      },
    ],
  },
  "/events/E": { event: { event_ticker: "E", series_ticker: "S", fee_multiplier_override: 1.5 } },
  "/events/fee_changes": {
    event_fee_changes: [
      {
        id: "3",
        event_ticker: "E",
        series_ticker: "S",
        fee_type_override: null,
        fee_multiplier_override: null,
        scheduled_ts: "2026-08-17T21:00:00Z",
      },
    ],
    cursor: "",
  },
};
const feesAt = (path: string) => ({ body: { ...bodies }[path] });
const without = (gone: string) =>
  rest((url) => {
    const path = url.pathname.replace("/trade-api/v2", "");
    return path === gone ? { status: 404, body: { error: { code: "not_found" } } } : feesAt(path);
  }).rest.seriesFees("S", signal);
const feesOf = (changed: Record<string, unknown> = {}) =>
  rest((url) => ({
    body: { ...bodies, ...changed }[url.pathname.replace("/trade-api/v2", "")],
  }));

test("what a series and an event charge, now and by date", async () => {
  const { rest: reads, http } = feesOf();
  const fromMs = Date.UTC(2026, 7, 17, 21);
  expect(await reads.seriesFees("S", signal)).toEqual({
    now: { feeType: "quadratic", multiplierBps: 5_000 },
    changes: [{ fromMs, feeType: "flat", multiplierBps: 20_000 }],
  });
  expect(await reads.eventFees("E", signal)).toEqual({
    now: { feeType: null, multiplierBps: 15_000 },
    changes: [{ fromMs, feeType: null, multiplierBps: null }],
  });
  expect(http.requests.map(({ url }) => new URL(url).search)).toEqual([
    "",
    "?series_ticker=S&show_historical=true",
    "",
    "?event_ticker=E&limit=100",
  ]);
});

test.each([
  [
    "a multiplier that is text",
    "/series/S",
    { series: { ticker: "S", fee_type: "quadratic", fee_multiplier: "1" } },
    "series.fee_multiplier",
  ],
  [
    "a multiplier beyond all sense",
    "/series/S",
    { series: { ticker: "S", fee_type: "quadratic", fee_multiplier: 1e300 } },
    "series.fee_multiplier",
  ],
  [
    "a multiplier below nothing",
    "/series/S",
    { series: { ticker: "S", fee_type: "quadratic", fee_multiplier: -0.5 } },
    "series.fee_multiplier",
  ],
  ["no list", "/series/fee_changes", {}, "series_fee_change_arr"],
  [
    "a change without a time",
    "/series/fee_changes",
    {
      series_fee_change_arr: [
        { series_ticker: "S", fee_type: "flat", fee_multiplier: 2, scheduled_ts: "soon" },
      ],
    },
    "series_fee_change_arr[0].scheduled_ts",
  ],
])("fees that cannot be read are no fees: %s", async (_name, path, body, at) => {
  const failed = feesOf({ [path]: body }).rest.seriesFees("S", signal);
  await expect(failed).rejects.toMatchObject({ code: "PAYLOAD_CHANGED", details: { path: at } });
});

test("a list of changes that is refused does not make its series an unknown one", async () => {
  await expect(without("/series/S")).rejects.toMatchObject({ kind: "venue" });
  await expect(without("/series/fee_changes")).rejects.toMatchObject({
    kind: "protocol",
    code: "NOT_FOUND",
    message: expect.stringContaining("/series/fee_changes answered 404"),
  });
});
