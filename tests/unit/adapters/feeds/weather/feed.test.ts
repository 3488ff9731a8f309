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

const body = (path: string): Answer => {
  if (path === "/v1/forecast") return { body: slowFixture("open-meteo.json") };
  if (path.startsWith("/points/")) return { body: slowFixture("nws-points.json") };
  if (path.endsWith("/forecast")) return { body: slowFixture("nws-forecast.json") };
  return { body: slowFixture("nws-observation.json") };
};
const weather = (reply: Reply, weatherSeries = ["KXHIGHNY"], contact: string | null = null) => {
  const rig = new SlowRig("weather", { weatherSeries, contact }, reply);
  rigs.push(rig);
  return rig;
};
const asked = (rig: SlowRig, part: string): number[] =>
  rig.asked.filter(({ request }) => request.url.includes(part)).map(({ atMs }) => atMs / 1000);

test("is asked of every station, the grid once a day", async () => {
  const rig = weather((url) => body(url.pathname), ["KXHIGHNY", "KXLOWTNYC", "KXHIGHMIA"]);
  await rig.pass(86_400 + 601);
  expect(asked(rig, "/points/")).toEqual([0, 0, 87_000, 87_000]);
  expect(asked(rig, "/gridpoints/OKX/34,45/forecast?units=us").slice(0, 4)).toEqual([
    0, 0, 600, 600,
  ]);
  expect(asked(rig, "/stations/KMIA/observations/latest").slice(0, 2)).toEqual([0, 600]);
  expect(asked(rig, "latitude=25.7906&longitude=-80.3164").slice(0, 2)).toEqual([0, 600]);
});

test("names itself as the service requires", async () => {
  const rig = weather((url) => body(url.pathname), ["KXHIGHNY"], "ops@example.com\r\nx: (y)");
  await rig.pass(1);
  const agents = new Set(rig.asked.map(({ request }) => request.headers["user-agent"]));
  expect([...agents]).toEqual(["kbt/1 (ops@example.comx: y)"]);
});

test("is not asked again while its answer is fresh", async () => {
  const headers = { "cache-control": "public, max-age=1500, s-maxage=3", age: "100" };
  const rig = weather((url) => ({ ...body(url.pathname), headers }));
  await rig.pass(1900);
  expect(asked(rig, "/forecast?units")).toEqual([0, 1800]);
});

test("after an outage says again what still holds, which ends the hole", async () => {
  const rig = weather((url) => body(url.pathname));
  await rig.pass(1);
  const before = rig.stored.length;
  rig.reply = () => ({ status: 500, body: "" });
  await rig.pass(600);
  expect(rig.gaps.map(({ source }) => source).toSorted()).toEqual([
    "nws-observation:KNYC",
    "nws:KNYC",
    "open-meteo:KNYC",
  ]);
  rig.reply = (url) => body(url.pathname);
  await rig.pass(5);
  expect(rig.stored).toHaveLength(2 * before);
  await rig.pass(600);
  expect(rig.stored).toHaveLength(2 * before);
});

test("asks for the grid again when it is gone", async () => {
  let gone = true;
  const rig = weather((url) =>
    gone && url.pathname.startsWith("/gridpoints/")
      ? { status: 404, body: slowFixture("nws-problem.json") }
      : body(url.pathname),
  );
  await rig.pass(1);
  gone = false;
  await rig.pass(10);
  expect(asked(rig, "/points/")).toEqual([0, 5]);
  expect(rig.feed.status()).toContain("nws:KNYC: 2 stored");
});

test("an address in an answer is not followed to another host", async () => {
  const points = { properties: { gridId: "../..", gridX: 1, gridY: 2 } };
  const rig = weather((url) =>
    url.pathname.startsWith("/points/") ? { body: points } : body(url.pathname),
  );
  await rig.pass(1);
  expect(rig.feed.status()).toContain("nws:KNYC: failed (answer not understood)");
  expect(asked(rig, "/forecast?units")).toEqual([]);
});
