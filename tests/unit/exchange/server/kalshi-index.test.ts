import { describe, expect, test } from "vitest";
import { START_MS, type TinyStep } from "../../../support/tiny-world.ts";
import { HubRig } from "./hub-rig.ts";

function open(steps: readonly TinyStep[]) {
  const rig = new HubRig({ steps });
  return { rig, socket: rig.socket() };
}

// One value per second up to the close of the market at :00; the values are 1000, 1001, …
const CLOSE_MS = START_MS + 600_000;

function indexSteps(firstMs: number, count: number): TinyStep[] {
  return Array.from({ length: count }, (_, at) => {
    const atMs = firstMs + at * 1000;
    const last60 = Array.from({ length: Math.min(60, at + 1) }, (__, back) => 1000 + at - back);
    return {
      atMs,
      happening: {
        type: "index",
        indexId: "BRTI",
        value: 1000 + at,
        last60: last60.toReversed(),
        atMs,
      },
    };
  });
}

function frames(firstMs: number, count: number) {
  const { rig, socket } = open(indexSteps(firstMs, count));
  socket.subscribe(1, ["cfbenchmarks_value"], { index_ids: ["BRTI"] });
  socket.take();
  rig.runUntil(firstMs + count * 1000);
  return socket.take();
}

describe("index", () => {
  test("data is a JSON string, and the rolling average leaves the present value out", () => {
    const all = frames(START_MS + 1000, 100);
    const last = all.at(-1);
    expect(last).toMatchObject({ type: "cfbenchmarks_value", sid: 1, seq: 100 });
    expect(JSON.parse(last?.msg.data ?? "")).toEqual({
      type: "value",
      id: "BRTI",
      time: START_MS + 100_000,
      value: "1099.00",
    });
    // The sixty values 1039..1098 before the present 1099.
    expect(last?.msg["avg_60s_data"]).toEqual({
      value: "1068.50000000",
      window_size: 60,
      window_start_ts_ms: START_MS + 40_000,
      window_end_ts_exclusive: START_MS + 100_000,
    });
    expect(last?.msg).not.toHaveProperty("last_60s_windowed_average_15min");
  });

  test("the settlement window grows from 1 to 60 and ends with the close itself", () => {
    const all = frames(CLOSE_MS - 70_000, 80);
    const windows = all.map((frame) => frame.msg["last_60s_windowed_average_15min"]);
    expect(windows[10]).toBeUndefined();
    expect(windows[11]).toEqual({
      value: "1011.00000000",
      window_size: 1,
      window_start_ts_ms: CLOSE_MS - 60_000,
      window_end_ts_exclusive: CLOSE_MS - 59_000,
    });
    expect(windows[12]).toMatchObject({ value: "1011.50000000", window_size: 2 });
    // (close − 60 s, close] are the values 1011..1070.
    expect(windows[70]).toMatchObject({
      value: "1040.50000000",
      window_size: 60,
      window_start_ts_ms: CLOSE_MS - 60_000,
    });
    expect(windows[71]).toBeUndefined();
  });

  test("other indices are not sent", () => {
    const { rig, socket } = open(indexSteps(START_MS + 1000, 1));
    socket.subscribe(1, ["cfbenchmarks_value"], { index_ids: ["SOLUSD_RTI"] });
    socket.take();
    rig.runUntil(START_MS + 1000);
    expect(socket.take()).toEqual([]);
  });

  test("with nothing before it the rolling average is the value itself, over no prints", () => {
    expect(frames(START_MS + 1000, 1)[0]?.msg["avg_60s_data"]).toEqual({
      value: "1000.00000000",
      window_size: 0,
      window_start_ts_ms: START_MS - 59_000,
      window_end_ts_exclusive: START_MS + 1000,
    });
  });

  test("without indices nothing flows until one is added, and all means all", () => {
    const { rig, socket } = open(indexSteps(START_MS + 1000, 3));
    socket.subscribe(1, ["cfbenchmarks_value"]);
    rig.runUntil(START_MS + 1000);
    socket.update(2, { sid: 1, action: "subscribe_indices", index_ids: ["all"] });
    rig.runUntil(START_MS + 2000);
    socket.update(3, { sid: 1, action: "unsubscribe_indices", index_ids: ["BRTI"] });
    rig.runUntil(START_MS + 3000);
    expect(socket.frames.map(({ type, seq }) => [type, seq])).toEqual([
      ["subscribed", undefined],
      ["ok", 1],
      ["cfbenchmarks_value", 2],
      ["ok", 3],
    ]);
  });
});

describe("index at 5 Hz", () => {
  test("five raw ticks a second, each with its own source time and no averages", () => {
    const { rig, socket } = open(indexSteps(START_MS + 1000, 2));
    socket.subscribe(1, ["cfbenchmarks_value_5hz"], { index_ids: ["BRTI"] });
    socket.take();
    rig.runUntil(START_MS + 2000);
    const all = socket.take();
    expect(all.map(({ msg }) => msg["source_ts_ms"])).toEqual(
      [1000, 1200, 1400, 1600, 1800, 2000].map((ms) => START_MS + ms),
    );
    expect(all.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(all[1]).toEqual({
      type: "cfbenchmarks_value_5hz",
      sid: 1,
      seq: 2,
      msg: {
        index_id: "BRTI",
        value_usd: "1000.00000000",
        source_ts_ms: START_MS + 1200,
        received_at: START_MS + 1200,
        data: `{"type":"value","id":"BRTI","time":${START_MS + 1200},"value":"1000.00"}`,
      },
    });
  });

  test("is no timer for anybody who does not listen", () => {
    const { rig, socket } = open(indexSteps(START_MS + 1000, 1));
    socket.subscribe(1, ["cfbenchmarks_value"], { index_ids: ["BRTI"] });
    rig.runUntil(START_MS + 1000);
    expect(rig.hub.nextTimerMs()).toBe(START_MS + 10_000);
  });
});
