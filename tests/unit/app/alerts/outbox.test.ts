import { expect, test } from "vitest";
import { Outbox } from "../../../../src/app/alerts/outbox.ts";
import type { AlertService, Delivery, Notice } from "../../../../src/ports-alerts.ts";

const OVER = new DOMException("over", "AbortError");
const SENT: Delivery = { type: "sent", pauseMs: 0 };

/** A messenger with a script, on a clock that jumps over every wait. */
function rig(
  answers: readonly Delivery[] = [],
  {
    perMessage = 1,
    perMinute = 20,
    sizeMax = 100,
    turns = 0,
    fits = (notices: readonly Notice[]): boolean => notices.length <= perMessage,
  } = {},
) {
  let nowMs = 0;
  const script = [...answers];
  const sent: { atMs: number; titles: string[]; lines: string[] }[] = [];
  const troubles: string[] = [];
  const stop = new AbortController();
  const service: AlertService = {
    name: "test",
    pace: { gapMs: 1000, perMinute },
    fits,
    async send(notices) {
      const lines = notices.flatMap((notice) => notice.lines);
      sent.push({ atMs: nowMs, titles: notices.map(({ title }) => title), lines });
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      return script.shift() ?? SENT;
    },
  };
  const outbox = new Outbox({
    service,
    real: {
      monoMs: () => nowMs,
      async sleep(ms, signal) {
        signal.throwIfAborted();
        nowMs += ms;
        await Promise.resolve();
      },
    },
    sizeMax,
    trouble: (reason) => void troubles.push(reason),
  });
  const offer = (title: string, severity: Notice["severity"] = "info"): void =>
    outbox.offer({ title, severity, lines: [], signature: "s" });
  const empty = async (): Promise<void> => {
    const running = outbox.run(stop.signal);
    while (outbox.size > 0) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort(OVER);
    await running.catch((error: unknown) => expect(error).toBe(OVER));
  };
  return { outbox, offer, empty, sent, stop, troubles };
}

test("what is critical goes first, whatever waits", async () => {
  const { empty, offer, sent } = rig();
  offer("a");
  offer("b");
  offer("stop", "critical");
  await empty();
  expect(sent.map(({ titles }) => titles)).toEqual([["stop"], ["a"], ["b"]]);
});

test("messages keep their distance, and those of a minute their number, but for what is critical", async () => {
  const { empty, offer, sent } = rig([], { perMinute: 10 });
  for (let at = 0; at < 7; at++) offer(`info ${at}`);
  await empty();
  const times = sent.map(({ atMs }) => atMs);
  for (const [at, ms] of times.entries())
    if (at > 0) expect(ms - (times[at - 1] ?? 0)).toBeGreaterThanOrEqual(1000);
  // Five of the ten are kept for what is critical.
  expect(times.filter((ms) => ms < 60_000)).toHaveLength(5);
  const other = rig([], { perMinute: 10 });
  for (let at = 0; at < 7; at++) other.offer(`critical ${at}`, "critical");
  await other.empty();
  expect(other.sent.filter(({ atMs }) => atMs < 60_000)).toHaveLength(7);
});

test("what waits together goes together, as far as it fits", async () => {
  const { empty, offer, outbox, sent } = rig([], { perMessage: 3 });
  for (const title of ["a", "b", "c", "d"]) offer(title);
  offer("stop", "critical");
  await empty();
  expect(sent.map(({ titles }) => titles)).toEqual([
    ["stop", "a", "b"],
    ["c", "d"],
  ]);
  expect(outbox.counts).toEqual({ sent: 5, dropped: 0 });
});

test("a service that asks for time gets it, and then the same message", async () => {
  const { empty, offer, sent } = rig([{ type: "later", pauseMs: 35_000 }]);
  offer("a");
  await empty();
  expect(sent.map(({ titles }) => titles)).toEqual([["a"], ["a"]]);
  expect((sent[1]?.atMs ?? 0) - (sent[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(35_000);
});

test("one that fails is tried again with longer pauses, then dropped, which the next one says", async () => {
  const failed: Delivery = { type: "failed", reason: "no answer" };
  const { empty, offer, outbox, sent, troubles } = rig([failed, failed, failed, failed]);
  offer("a");
  offer("b");
  await empty();
  expect(sent.map(({ titles }) => titles)).toEqual([["a"], ["a"], ["a"], ["a"], ["b"]]);
  const gaps = sent.slice(1, 4).map(({ atMs }, at) => atMs - (sent[at]?.atMs ?? 0));
  expect(gaps).toEqual([1000, 2000, 4000]);
  expect(outbox.counts).toEqual({ sent: 1, dropped: 1 });
  expect(outbox.failures).toBe(4);
  expect(troubles).toHaveLength(4);
});

test("a full box drops the oldest that is not critical, counts it and says so", async () => {
  const { empty, offer, outbox, sent } = rig([], { sizeMax: 3 });
  offer("stop", "critical");
  for (let at = 0; at < 5; at++) offer(`info ${at}`);
  expect(outbox.size).toBe(3);
  await empty();
  expect(sent.map(({ titles }) => titles)).toEqual([["stop"], ["info 3"], ["info 4"]]);
  expect(outbox.counts.dropped).toBe(3);
});

test("what was lost is told where there is room for it, once", async () => {
  const { empty, offer, sent } = rig([{ type: "refused", reason: "bad" }], { perMessage: 2 });
  offer("bad one");
  const running = empty();
  await running;
  const next = rig([{ type: "refused", reason: "bad" }]);
  next.offer("a");
  next.offer("b");
  next.offer("c");
  await next.empty();
  expect(next.sent.map(({ lines }) => lines)).toEqual([
    [],
    ["1 earlier alert was not delivered"],
    [],
  ]);
  expect(sent).toHaveLength(1);
});

/** One notice a message; the long one fills it by its title. */
function fitsButLong(notices: readonly Notice[]): boolean {
  return (
    notices.length === 1 &&
    notices.every(({ lines, title }) => title !== "long" || lines.length === 0)
  );
}

test("what is told of lost ones counts as told only where it was said", async () => {
  const { empty, offer, sent } = rig([{ type: "refused", reason: "bad" }], { fits: fitsButLong });
  for (const title of ["bad", "long", "short", "later"]) offer(title);
  await empty();
  expect(sent.map(({ lines }) => lines)).toEqual([
    [],
    [],
    ["1 earlier alert was not delivered"],
    [],
  ]);
});

test("it is not empty while a message is under way", async () => {
  const { offer, outbox, stop } = rig([], { turns: 100 });
  offer("the last word");
  const running = outbox.run(stop.signal);
  expect(outbox.size).toBe(0);
  await outbox.emptied(stop.signal);
  expect(outbox.counts.sent).toBe(1);
  stop.abort(OVER);
  await running.catch((error: unknown) => expect(error).toBe(OVER));
});

test("a service that is gone is not asked again", async () => {
  const { empty, offer, outbox, sent, troubles } = rig([{ type: "gone", reason: "404" }]);
  offer("a");
  offer("b");
  await empty();
  offer("c", "critical");
  expect(sent).toHaveLength(1);
  expect(outbox.size).toBe(0);
  expect(outbox.counts).toEqual({ sent: 0, dropped: 3 });
  expect(troubles).toEqual(["404; nothing more is sent there"]);
});
