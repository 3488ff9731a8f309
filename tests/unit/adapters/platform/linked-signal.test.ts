import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { linkSignals } from "../../../../src/adapters/platform/linked-signal.ts";

const two = () => [new AbortController(), new AbortController()] as const;

test.each([0, 1] as const)("aborts with the %ith of them, for its reason, once", (nth) => {
  const controllers = two();
  const { signal } = linkSignals(...controllers.map((one) => one.signal));
  expect(signal.aborted).toBe(false);
  controllers[nth].abort("the first reason");
  controllers[1 - nth]?.abort("another one");
  expect(signal.reason).toBe("the first reason");
});

test("one that has aborted already is heard", () => {
  const [{ signal }] = two();
  expect(linkSignals(signal, AbortSignal.abort("before")).signal.reason).toBe("before");
});

test("what is over leaves nothing with a signal that goes on, and hears it no more", () => {
  const [long, short] = two();
  for (let call = 0; call < 20; call++) {
    const { signal, unlink } = linkSignals(long.signal, short.signal);
    expect(getEventListeners(long.signal, "abort")).toHaveLength(1);
    unlink();
    expect(getEventListeners(long.signal, "abort")).toEqual([]);
    if (call === 19) long.abort();
    expect(signal.aborted).toBe(false);
  }
  const kept = Object.getOwnPropertySymbols(long.signal).find(
    ({ description }) => description === "kDependantSignals",
  );
  expect(kept === undefined ? 0 : (Reflect.get(long.signal, kept)?.size ?? 0)).toBe(0);
});
