// Frames of the local exchange against recorded ones: the same fields, written the same way, no more and no fewer.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { createScenarioWorld } from "../../../src/exchange/scenario/scenario-world.ts";
import { Records } from "../../../src/exchange/server/records.ts";
import type { OrderState } from "../../../src/exchange/trading/types.ts";
import { differences, Shape } from "../../support/shape.ts";
import { START_MS, TICKER } from "../../support/tiny-world.ts";
import { EVENTS, ORDER } from "../../unit/exchange/server/account-events.ts";
import { HubRig } from "../../unit/exchange/server/hub-rig.ts";

const FIXTURES = path.resolve(import.meta.dirname, "../../fixtures/kalshi");
const SHARED = path.resolve(import.meta.dirname, "../../../../shared/data/kalshi");
const isThere = existsSync(SHARED);

type Frame = Readonly<Record<string, unknown>>;

/** Shapes by message type, lifecycle messages by what they tell. */
class Shapes {
  readonly byType = new Map<string, Shape>();
  frames = 0;

  add(frame: Frame): void {
    this.frames++;
    const type = typeOf(frame);
    const shape = this.byType.get(type) ?? new Shape();
    this.byType.set(type, shape.add(frame));
  }
}

function typeOf(frame: Frame): string {
  const { type, msg } = frame;
  const event = Object(msg)["event_type"];
  return event === undefined ? String(type) : `${String(type)} ${String(event)}`;
}

function linesOf(text: string): unknown[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line));
}

/** The frame inside a recorder's line, or the line itself; undefined for the recorder's own notes. */
function frameOf(line: unknown): Frame | undefined {
  const { raw, frame, control } = Object(line);
  if (control !== undefined) return undefined;
  return typeof raw === "string" ? JSON.parse(raw) : (frame ?? line);
}

function record(shapes: Shapes, lines: readonly unknown[]): void {
  for (const line of lines) {
    const frame = frameOf(line);
    if (frame !== undefined) shapes.add(frame);
  }
}

function committed(): Shapes {
  const shapes = new Shapes();
  for (const name of readdirSync(FIXTURES)) {
    if (!name.startsWith("ws-") || name === "ws-reference.jsonl") continue;
    record(shapes, linesOf(readFileSync(path.join(FIXTURES, name), "utf8")));
  }
  return shapes;
}

function sharedText(...parts: readonly string[]): string {
  return readFileSync(path.join(SHARED, ...parts), "utf8");
}

function everything(): Shapes {
  const shapes = new Shapes();
  for (const name of readdirSync(path.join(SHARED, "ws-btc15m"))) {
    if (!name.endsWith(".gz")) continue;
    const bytes = gunzipSync(readFileSync(path.join(SHARED, "ws-btc15m", name)));
    record(shapes, linesOf(bytes.toString()));
  }
  record(shapes, linesOf(sharedText("ws-frames-kxbtc-20260418.jsonl")));
  record(shapes, JSON.parse(sharedText("ws-frames-merge-20260807.json")).frames);
  record(shapes, linesOf(sharedText("rest-demo-20260611", "ws__orderbook_trade_yes.jsonl")));
  return shapes;
}

/** The samples of the reference, for the types nobody recorded; what they elide is filled in. */
function reference(): Shapes {
  const shapes = new Shapes();
  for (const line of readFileSync(path.join(FIXTURES, "ws-reference.jsonl"), "utf8").split("\n")) {
    if (line === "") continue;
    shapes.add(
      JSON.parse(line, (name, value: unknown) => {
        if (typeof value !== "string" || !value.includes("...")) return value;
        return name.endsWith("_id") ? "76e7c407-8b6d-4628-a8eb-cfdfd2721ef2" : "Some words.";
      }),
    );
  }
  return shapes;
}

/** What one client is sent from the opening of a 15-minute market until it has settled. */
function produced(): Shapes {
  const world = createScenarioWorld({ scenario: "edge", seed: 11 });
  const rig = new HubRig({ world });
  const shapes = new Shapes();
  const socket = rig.socket({ peer: { send: (text) => shapes.add(JSON.parse(text)) } });
  const active = world.markets().filter(({ status }) => status === "active");
  const fifteen = active.find(({ seriesTicker }) => seriesTicker === "KXBTC15M");
  const tickers = active.filter(({ seriesTicker }) => seriesTicker !== "KXBTC15M").slice(0, 8);
  const market_tickers = [fifteen, ...tickers].map((market) => market?.ticker ?? "");
  socket.subscribe(1, ["orderbook_delta", "trade", "ticker", "nonsense"], { market_tickers });
  socket.subscribe(2, ["orderbook_delta"], { market_tickers: [active.at(-1)?.ticker] });
  socket.subscribe(3, ["market_lifecycle_v2", "order_group_updates"]);
  socket.subscribe(4, ["fill", "user_orders", "market_positions"]);
  socket.subscribe(5, ["cfbenchmarks_value"], { index_ids: ["BRTI"] });
  rig.runUntil((fifteen?.closeMs ?? 0) + 120_000);
  const records = new Records(world);
  const none = { feeType: null, feeMultiplier: null, scheduledMs: world.nowMs() };
  const { eventTicker = "", seriesTicker = "" } = fifteen ?? {};
  records.fees.overrideEvent({ eventTicker, seriesTicker, ...none });
  records.runTimers(world.nowMs(), (happening) => rig.hub.publish(happening));
  for (const event of EVENTS) rig.hub.account(event);
  const executed: OrderState = { ...ORDER, status: "executed", reason: "Trade" };
  rig.hub.account({ type: "order", order: executed, atMs: ORDER.updatedMs });
  socket.say({ id: 6, cmd: "unsubscribe", params: { sids: [1] } });
  return shapes;
}

/** One delta of an order of the client's own, as the client gets it. */
function ownDelta(hasSendingTime: boolean): Shapes {
  const rig = new HubRig({ hasSendingTime, order: () => ORDER });
  const shapes = new Shapes();
  const socket = rig.socket({ peer: { send: (text) => shapes.add(JSON.parse(text)) } });
  socket.subscribe(1, ["orderbook_delta"], { market_tickers: [TICKER] });
  const { orderId } = ORDER;
  const change = { ticker: TICKER, side: "yes", priceCc: 5200, deltaCq: 100 } as const;
  rig.hub.publish({ type: "delta", ...change, atMs: START_MS + 20, orderId });
  return shapes;
}

/** Every difference in the types that both sides have, as text. */
function compare(name: string, recorded: Shapes, made: Shapes): readonly string[] {
  const none = new Shape();
  const types = [...recorded.byType.keys()].filter((type) => made.byType.has(type)).toSorted();
  const shapes = types.map((type) => ({
    type,
    before: recorded.byType.get(type) ?? none,
    after: made.byType.get(type) ?? none,
  }));
  const fields = shapes.reduce((sum, { before }) => sum + before.places().size, 0);
  process.stdout.write(
    `${name}: ${recorded.frames} frames compared with ${made.frames} produced, ${types.length} types, ${fields} fields\n`,
  );
  return shapes.flatMap(({ type, before, after }) =>
    differences(before, after).map(({ path: at, problem }) => `${type}: ${at} ${problem}`),
  );
}

/** What the reference's samples and this exchange differ in, and why that is right. */
const EXPLAINED: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^ok: msg(?:\[\]| is never produced as list)/, "list_subscriptions, which nobody asked for"],
  [/^ok: msg\.market_tickers\[\]/, "the sample elides its tickers"],
  [/^cfbenchmarks_value: .*15min\.window_(?:start|end)/, "in the specification, not in the sample"],
  [/^cfbenchmarks_value: .*15min is left out/, "only in the last minute of a quarter hour"],
  [/^market_lifecycle_v2 created: msg\.price_ranges/, "in the specification, not in the sample"],
  [/^market_lifecycle_v2 created: .*rules_secondary/, "the sample elides its text"],
  [/^event_lifecycle: msg\.subtitle/, "the sample elides its text"],
  [/^user_order: .*last_update_reason is produced as empty text/, "a fresh order has no reason"],
];

function unexplained(found: readonly string[]): readonly string[] {
  return found.filter((text) => !EXPLAINED.some(([pattern]) => pattern.test(text)));
}

let made = new Shapes();

beforeAll(() => {
  made = produced();
}, 120_000);

const RECORDED_TYPES = [
  "error",
  "ok",
  "orderbook_delta",
  "orderbook_snapshot",
  "subscribed",
  "ticker",
];

describe("frames have exactly the fields and formats", () => {
  test("of the committed recordings", () => {
    const recorded = committed();
    expect([...recorded.byType.keys()].toSorted()).toEqual(RECORDED_TYPES);
    expect(compare("committed recordings", recorded, made)).toEqual([]);
  });

  test("of the reference's samples, for what nobody recorded", () => {
    const samples = reference();
    const missing = [...samples.byType.keys()].filter((type) => !made.byType.has(type));
    expect(missing).toEqual([]);
    expect(unexplained(compare("reference samples", samples, made))).toEqual([]);
  });

  test.skipIf(!isThere)(
    isThere
      ? "of every recorded frame"
      : "SKIPPED: ../shared/data absent, 479,993 recorded frames were not compared",
    () => {
      const recorded = everything();
      expect([...recorded.byType.keys()].toSorted()).toEqual(RECORDED_TYPES);
      expect(compare("all recordings", recorded, made)).toEqual([]);
    },
    60_000,
  );
});

test("an own order adds its client id and subaccount to its deltas, and nothing else", () => {
  const found = compare("own deltas", committed(), ownDelta(false));
  expect(found.filter((text) => text.endsWith("was never recorded"))).toEqual([
    "orderbook_delta: msg.client_order_id was never recorded",
    "orderbook_delta: msg.subaccount was never recorded",
  ]);
});

test("the time of sending is one more field of every frame, and nothing else", () => {
  const added = compare("with the time of sending", ownDelta(false), ownDelta(true));
  expect(added).toEqual([
    "orderbook_delta: sending_ts_ms was never recorded",
    "orderbook_snapshot: sending_ts_ms was never recorded",
    "subscribed: sending_ts_ms was never recorded",
  ]);
});
