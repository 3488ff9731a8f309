import { expect, test } from "vitest";
import { Outbox } from "../../../../src/exchange/server/outbox.ts";

function open(react: (item: string, outbox: Outbox<string>) => void = () => {}) {
  const told: string[] = [];
  const outbox: Outbox<string> = new Outbox((item) => {
    told.push(item);
    react(item, outbox);
  });
  return { told, outbox };
}

test("what happens by itself is told at once", () => {
  const { told, outbox } = open();
  outbox.put("a");
  expect(told).toEqual(["a"]);
  expect(outbox.isEmpty).toBe(true);
});

test("what a request causes is told after its answer", () => {
  const { told, outbox } = open();
  const answer = outbox.answer(() => {
    outbox.put("delta");
    outbox.put("trade");
    return { status: 201, told: told.length };
  });
  expect(answer).toEqual({ status: 201, told: 0 });
  expect(told).toEqual([]);
  expect(outbox.isEmpty).toBe(false);
  outbox.flush();
  expect(told).toEqual(["delta", "trade"]);
  expect(outbox.isEmpty).toBe(true);
});

test("what happens next does not overtake what a request caused before it", () => {
  const { told, outbox } = open();
  outbox.answer(() => outbox.put("own"));
  outbox.put("later");
  expect(told).toEqual(["own", "later"]);
});

test("what a telling causes follows it directly", () => {
  const { told, outbox } = open((item, box) => {
    if (item === "execution") box.put("fill");
    if (item === "fill") box.put("position");
  });
  outbox.put("execution");
  outbox.put("delta");
  expect(told).toEqual(["execution", "fill", "position", "delta"]);
});

test("a request made from within a telling is answered before its own effects are told", () => {
  const seen: string[][] = [];
  const { told, outbox } = open((item, box) => {
    if (item !== "frame") return;
    box.answer(() => box.put("own"));
    box.flush();
    seen.push([...told]);
  });
  outbox.put("frame");
  expect(seen).toEqual([["frame"]]);
  expect(told).toEqual(["frame"]);
  outbox.put("next");
  expect(told).toEqual(["frame", "own", "next"]);
});

test("a request that fails holds nobody else back", () => {
  const { told, outbox } = open();
  expect(() =>
    outbox.answer(() => {
      throw new Error("no");
    }),
  ).toThrow("no");
  outbox.put("a");
  expect(told).toEqual(["a"]);
});
