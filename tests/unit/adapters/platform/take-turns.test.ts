import { expect, test } from "vitest";
import { untilAborted } from "../../../../src/adapters/platform/scope.ts";
import { type Turn, takeTurns } from "../../../../src/adapters/platform/take-turns.ts";
import { settle } from "../fakes.ts";

async function rig() {
  const turns: Turn[] = [];
  const ended: number[] = [];
  const stop = new AbortController();
  let isOver = false;
  const running = takeTurns(async (turn) => {
    const number = turns.push(turn) - 1;
    await untilAborted(turn.signal);
    ended.push(number);
  }, stop.signal).finally(() => {
    isOver = true;
  });
  await settle();
  return { turns, ended, stop, running, isOver: () => isOver };
}

test("a successor begins beside the turn that called it, and ends it", async () => {
  const { turns, ended, stop, running } = await rig();
  turns[0]?.relieve();
  turns[0]?.relieve();
  await settle();
  expect([turns.length, ended]).toEqual([2, []]);
  expect([turns[0]?.isRelieved, turns[1]?.isRelieved]).toEqual([true, false]);
  turns[1]?.takeOver();
  turns[1]?.takeOver();
  await settle();
  expect([turns.length, ended]).toEqual([2, [0]]);
  stop.abort();
  await running;
  expect(ended).toEqual([0, 1]);
});

test("a hundred turns in a row, never more than two at once", async () => {
  const { turns, ended, stop, running } = await rig();
  for (let at = 0; at < 100; at++) {
    turns[at]?.relieve();
    await settle();
    expect(turns.length - ended.length).toBe(2);
    turns[at + 1]?.takeOver();
    await settle();
    expect(turns.length - ended.length).toBe(1);
  }
  stop.abort();
  await running;
  expect(ended).toHaveLength(101);
});

test("the third of a row waits until the first has gone", async () => {
  const { turns, ended, stop, running } = await rig();
  turns[0]?.relieve();
  await settle();
  turns[1]?.relieve();
  await settle();
  expect(turns).toHaveLength(2);
  turns[0]?.end();
  await settle();
  expect([turns.length, ended]).toEqual([3, [0]]);
  stop.abort();
  await running;
});

test("who ends without a successor ends everything, with one nothing", async () => {
  const { turns, running, isOver } = await rig();
  turns[0]?.relieve();
  await settle();
  turns[0]?.end();
  await settle();
  expect(isOver()).toBe(false);
  turns[1]?.end();
  await running;
  expect(turns).toHaveLength(2);
});

test("a failure ends the other turn and is thrown", async () => {
  const failure = new Error("broken");
  const ended: number[] = [];
  let turns = 0;
  const running = takeTurns(async (turn) => {
    const number = turns++;
    if (number === 1) throw failure;
    turn.relieve();
    await untilAborted(turn.signal);
    ended.push(number);
  }, new AbortController().signal);
  await expect(running).rejects.toBe(failure);
  expect([turns, ended]).toEqual([2, [0]]);
});
