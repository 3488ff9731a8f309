import { beforeEach, describe, expect, test } from "vitest";
import { advance, START_MS, settle, shape } from "../fakes.ts";
import { delta, SIDS, StreamRig, snapshot } from "./stream-rig.ts";

let rig: StreamRig;

beforeEach(() => {
  rig = new StreamRig();
});

describe("connection", () => {
  test("a lost connection is a gap; the next one starts with cold books and everything subscribed", async () => {
    rig.connect("A");
    rig.network.last.push(snapshot("A", 1), delta("A", 2));
    await advance(rig.clock, 700);
    rig.network.last.drop({ reason: "bye" });
    expect(rig.gaps).toMatchObject([
      {
        reason: "disconnect",
        tickers: ["A"],
        sid: 3,
        fromSeq: 2,
        toSeq: null,
        fromMs: START_MS,
        toMs: START_MS + 700,
      },
    ]);
    await settle();
    expect(rig.stream.status()).toContain("not connected");
    await advance(rig.clock, 0);
    expect(rig.network.sockets).toHaveLength(2);
    rig.network.last.open();
    rig.network.last.acknowledge(SIDS);
    rig.network.last.push(delta("A", 1));
    expect(rig.stream.stats.rejected.get("no_snapshot")).toBe(1);
    rig.network.last.push(snapshot("A", 2), delta("A", 3));
    expect(shape(rig.events).slice(-2)).toEqual(["snapshot", "delta"]);
    expect(rig.stream.stats.connects).toBe(2);
  });

  test("15 s of silence is a stall; a ping is not silence", async () => {
    rig.connect("A");
    rig.network.last.push(snapshot("A", 1));
    await advance(rig.clock, 14_000);
    rig.network.last.ping();
    await advance(rig.clock, 14_500);
    expect(rig.network.sockets).toHaveLength(1);
    await advance(rig.clock, 2000);
    expect(rig.network.sockets[0]?.closed).toBe(true);
    expect(rig.network.sockets).toHaveLength(2);
    expect(rig.gaps).toMatchObject([{ reason: "stall", tickers: ["A"] }]);
  });

  test("a command without answer within 5 s starts over", async () => {
    rig.stream.setMarkets(["A"]);
    rig.start();
    rig.network.last.open();
    await advance(rig.clock, 4000);
    rig.network.last.ping();
    expect(rig.network.sockets).toHaveLength(1);
    await advance(rig.clock, 2000);
    expect(rig.network.sockets).toHaveLength(2);
    expect(rig.gaps).toMatchObject([{ reason: "stall" }]);
  });

  test("a snapshot that was asked for after a hole and never comes starts over", async () => {
    rig.connect("A");
    rig.network.last.push(snapshot("A", 1), delta("A", 3));
    const [again] = rig.network.last.commands("update_subscription");
    rig.network.last.push({ type: "ok", id: again?.id, sid: 3, seq: 4, msg: {} });
    await advance(rig.clock, 6000);
    expect(rig.network.sockets).toHaveLength(2);
  });

  test("error 25 says that frames were lost: overflow", async () => {
    rig.connect("A");
    rig.network.last.push(snapshot("A", 1), {
      type: "error",
      sid: 3,
      msg: { code: 25, msg: "overflow" },
    });
    await advance(rig.clock, 1000);
    expect(rig.gaps).toMatchObject([{ reason: "overflow", tickers: ["A"] }]);
    expect(rig.network.sockets).toHaveLength(2);
  });

  test("a subscription that the exchange ends is worth a new connection", async () => {
    rig.connect("A");
    rig.network.last.push({ type: "unsubscribed", sid: 3, seq: 1 });
    await advance(rig.clock, 1000);
    expect(rig.network.sockets).toHaveLength(2);
  });

  test("tries follow each other ever more slowly", async () => {
    rig.network.refusal = { error: "refused" };
    rig.start();
    const counts: number[] = [];
    for (const ms of [100, 400, 900, 1600]) {
      await advance(rig.clock, ms);
      counts.push(rig.network.sockets.length);
    }
    // Waits of 0, 375, 750 and 1500 ms with the generator at 0.
    expect(counts).toEqual([2, 3, 4, 5]);
    expect(rig.gaps).toEqual([]);
    rig.stop.abort();
    await rig.running;
  });

  test.each([
    [401, "auth", "SOCKET_UNAUTHORIZED"],
    [403, "auth", "SOCKET_UNAUTHORIZED"],
    [307, "protocol", "REDIRECT_REFUSED"],
  ])("status %i on the handshake ends the run after one try", async (status, kind, code) => {
    rig.network.refusal = { status };
    rig.start();
    await expect(rig.running).rejects.toMatchObject({ kind, code });
    expect(rig.network.sockets).toHaveLength(1);
  });

  test("error 9 ends the run", async () => {
    rig.connect("A");
    rig.network.last.push({
      type: "error",
      id: 3,
      msg: { code: 9, msg: "authentication required" },
    });
    await expect(rig.running).rejects.toMatchObject({ kind: "auth" });
  });

  test.each(["snapshot", "delta"])(
    "what the sink throws at a %s ends the run instead of the process",
    async (type) => {
      rig.stream.setMarkets(["A"]);
      const failure = new Error("disk full");
      rig.start((event) => {
        if (event.type === type) throw failure;
      });
      rig.network.last.open();
      rig.network.last.acknowledge(SIDS);
      rig.network.last.push(snapshot("A", 1), delta("A", 2), delta("A", 3));
      await expect(rig.running).rejects.toBe(failure);
      expect(rig.network.last.closed).toBe(true);
    },
  );

  test("aborting closes the socket without a gap", async () => {
    rig.connect("A");
    rig.network.last.push(snapshot("A", 1));
    rig.stop.abort();
    await rig.running;
    expect(rig.network.last.closed).toBe(true);
    expect(rig.gaps).toEqual([]);
    await settle();
    expect(rig.clock.nextTimerMs()).toBeNull();
  });

  test("an exchange in memory may answer inside send, and open before the socket is returned", async () => {
    const pushed: string[] = [];
    rig = new StreamRig((_url, _headers, handlers) => {
      handlers.onOpen();
      const answer = (frame: object): void => handlers.onMessage(JSON.stringify(frame), 1);
      return {
        close: () => {},
        send: (text) => {
          const { id, params } = JSON.parse(text) as { id: number; params: { channels: string[] } };
          const channel = String(params.channels[0]);
          pushed.push(channel);
          answer({ type: "subscribed", id, msg: { channel, sid: SIDS[channel] } });
          if (channel === "orderbook_delta") answer(snapshot("A", 1));
        },
      };
    });
    rig.stream.setMarkets(["A"]);
    rig.start();
    expect(pushed).toEqual(["market_lifecycle_v2", "orderbook_delta", "trade", "ticker"]);
    expect(shape(rig.events)).toEqual(["snapshot"]);
    await advance(rig.clock, 6000);
    expect(rig.stream.stats.connects).toBe(1);
  });
});
