import { afterEach, expect, test } from "vitest";
import type { Answer } from "../../fakes.ts";
import { slowFixture } from "../slow/fixtures.ts";
import { type Reply, SlowRig } from "../slow/rig.ts";

const rigs: SlowRig[] = [];

afterEach(async () => {
  for (const rig of rigs.splice(0)) {
    await rig.stop();
    expect(rig.isBalanced).toBe(true);
  }
});

const x = (postsPerHour: number, reply: Reply): SlowRig => {
  const settings = { url: "https://x.example", token: "t", query: "bitcoin", pollMs: 300_000 };
  const rig = new SlowRig("news", { x: { ...settings, postsPerHour } }, reply);
  rigs.push(rig);
  return rig;
};
const page = (from: number, count: number): Answer => ({
  body: {
    data: Array.from({ length: count }, (_, at) => ({
      id: `${from - at}`,
      text: `p${from - at}`,
    })),
    meta: { newest_id: `${from}`, result_count: count },
  },
});
const param = (rig: SlowRig, name: string): (string | null)[] =>
  rig.asked.map(({ request }) => new URL(request.url).searchParams.get(name));

test("asks for what is newer than the newest, within the budget of an hour", async () => {
  let newest = 0;
  const rig = x(25, () => page((newest += 10), 10));
  await rig.pass(299);
  await rig.pass(301);
  expect(param(rig, "since_id")).toEqual([null, "10"]);
  // 25 an hour: 25 might be read, then 15; the 5 that are left are fewer than one request costs.
  expect(param(rig, "max_results")).toEqual(["25", "15"]);
  expect(rig.gaps).toMatchObject([{ source: "x", reason: "budget" }]);
  expect(rig.feed.status()).toContain(
    "x: failed (25 posts an hour are used up), next try in 3000 s",
  );
  await rig.pass(3000);
  expect(rig.times).toEqual([0, 300, 3600]);
  expect(rig.stored).toHaveLength(30);
});

test("more than one page since the last look is a hole", async () => {
  const rig = x(1000, () => ({ body: slowFixture("x-posts.json") }));
  await rig.pass(1);
  expect(rig.gaps).toEqual([]);
  await rig.pass(300);
  expect(rig.gaps).toMatchObject([{ source: "x", reason: "page_limit" }]);
});

test("its limit lasts as long as it says, and a minute at least", async () => {
  const reset = (seconds: number) => String(Math.floor(rig.clock.nowMs() / 1000) + seconds);
  const rig: SlowRig = x(1000, () => ({
    status: 429,
    body: {},
    headers: { "x-rate-limit-reset": reset(rig.asked.length === 1 ? 400 : 2) },
  }));
  await rig.pass(461);
  expect(rig.times).toEqual([0, 400, 460]);
});

test("forgets an id that search no longer reaches", async () => {
  const rig = x(1000, () => page(10, 1));
  await rig.pass(1);
  rig.reply = () => ({ body: slowFixture("x-empty.json") });
  await rig.pass(6 * 86_400 + 600);
  const since = param(rig, "since_id");
  expect(since[1]).toBe("10");
  expect(since.at(-1)).toBeNull();
  expect(rig.feed.stats.control).toBe(since.length - 1);
});
