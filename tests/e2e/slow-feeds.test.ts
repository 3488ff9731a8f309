import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kbt, type Ran, rows, tempFolder } from "../support/kbt.ts";
import { CANARY, type SlowServer, startSlowServer } from "../support/slow-server.ts";

const folder = tempFolder();
let server: SlowServer;

beforeAll(async () => {
  server = await startSlowServer();
});

afterAll(async () => {
  await server.close();
  folder.remove();
});

const KEYS = {
  NEWSAPI_KEY: CANARY.newsapi,
  ALPHAVANTAGE_KEY: CANARY.alphavantage,
  TWITTER_BEARER_TOKEN: CANARY.x,
};

function configure(extra = ""): void {
  const { url } = server;
  const toml = `[news]
rss_urls = ["${url}/rss"]
newsapi_url = "${url}"
alphavantage_url = "${url}"
x_url = "${url}"
x_query = "bitcoin"
[weather]
noaa_url = "${url}"
open_meteo_url = "${url}"
${extra}`;
  writeFileSync(join(folder.path, "config.toml"), toml);
}

/** Every byte that a run left behind or said. */
function everything(ran: Ran): string {
  const files = readdirSync(folder.path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "config.toml")
    .map((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      return (entry.name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
    });
  return [...files, ran.stdout, ran.stderr].join("\n");
}

test("collect --news --weather stores what four news and two weather services say, and no key", async () => {
  configure();
  const args = ["collect", "--news", "--weather", "--raw", "--debug", "--seconds", "3", "--json"];
  // The limit of a day, as the service words it: it quotes the key.
  server.once("/query", {
    status: 200,
    body: `{"Information":"We have detected your API key as ${CANARY.alphavantage}"}`,
  });
  const ran = await kbt(args, { cwd: folder.path, env: KEYS });
  expect(ran.code).toBe(0);
  const { data } = JSON.parse(ran.stdout);
  expect(data).toMatchObject({ definition_of_done: true });
  expect(data.feeds.map(({ feed }: { feed: string }) => feed)).toEqual(["news", "weather"]);
  for (const { received, rejected, stored } of data.feeds) expect(received).toBe(stored + rejected);
  const db = join(folder.path, "data/kbt.sqlite");
  const host = new URL(server.url).host;
  expect(
    rows(db, "SELECT source, count(*) FROM news_items GROUP BY source ORDER BY source"),
  ).toEqual([
    ["newsapi", 2],
    [`rss:${host}`, 4],
    ["x", 2],
  ]);
  expect(
    rows(db, "SELECT DISTINCT source, series, station FROM forecasts ORDER BY source"),
  ).toEqual([
    ["nws", "KXHIGHNY", "KNYC"],
    ["nws-observation", "KXHIGHNY", "KNYC"],
    ["open-meteo", "KXHIGHNY", "KNYC"],
  ]);
  expect(rows(db, "SELECT source, reason FROM feed_gaps")).toEqual([
    ["alphavantage", "poll_failed"],
  ]);
  expect(rows(db, "SELECT feed, received - stored - rejected FROM run_feeds")).toEqual([
    ["news", 0],
    ["weather", 0],
  ]);
  expect(server.requests.some((line) => line.includes(CANARY.alphavantage))).toBe(true);
  const left = everything(ran);
  expect(left).toContain("(secret)");
  for (const canary of Object.values(CANARY)) {
    expect(left).not.toContain(canary);
    expect(left).not.toContain(encodeURIComponent(canary));
  }
});

test("a service that refuses is named, and the run is still good", async () => {
  configure();
  const env = { NEWSAPI_KEY: "not-the-key" };
  const ran = await kbt(["collect", "--news", "--seconds", "1.5"], { cwd: folder.path, env });
  expect(ran.code).toBe(0);
  expect(ran.stdout).toContain("definition of done: met");
  expect(ran.stdout).toContain("gaps: newsapi refused 1");
});

test("a feed that stored nothing is not met, and says which source did what", async () => {
  configure();
  server.always("/rss", { status: 503 });
  const ran = await kbt(["collect", "--news", "--seconds", "1"], { cwd: folder.path });
  expect(ran.code).toBe(7);
  expect(ran.stderr).toContain("failed (503), next try in 5 s");
  expect(ran.stderr).toContain("newsapi left out (NEWSAPI_KEY is not set)");
});

test.each([
  ["news", "rss_urls = []", "error[NO_SOURCES]", "set news.rss_urls, NEWSAPI_KEY"],
  ["weather", `series = ["KXHIGHXX"]`, "error[UNKNOWN_WEATHER_SERIES]", "such as KXHIGHNY"],
])("%s with %s is one usage error", async (feed, line, error, hint) => {
  writeFileSync(join(folder.path, "config.toml"), `[${feed}]\n${line}\n`);
  const ran = await kbt(["collect", `--${feed}`], { cwd: folder.path });
  expect(ran.code).toBe(2);
  expect(ran.stdout).toBe("");
  expect(ran.stderr).toContain(error);
  expect(ran.stderr).toContain(hint);
});

test.each([
  ["http of another machine", "http://feeds.example/rss"],
  ["a password", "https://a:b@feeds.example/rss"],
  ["no address", "feeds.example"],
])("an RSS address with %s is refused", async (_name, address) => {
  writeFileSync(join(folder.path, "config.toml"), `[news]\nrss_urls = ["${address}"]\n`);
  const ran = await kbt(["collect", "--news"], { cwd: folder.path });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain("news.rss_urls");
  expect(ran.stderr).toContain("https:// addresses without user or password");
});

test("the local exchange serves no news, and says so", async () => {
  writeFileSync(join(folder.path, "config.toml"), "[collect]\nnews = true\n");
  const sim = ["collect", "--sim", "--sim-speed", "60", "--seconds", "2", "--db", "sim.sqlite"];
  const ran = await kbt(sim, { cwd: folder.path });
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain("the local exchange serves no news, so news was left out");
  const alone = await kbt(["collect", "--sim", "--news", "--db", "sim.sqlite"], {
    cwd: folder.path,
  });
  expect(alone.code).toBe(2);
  expect(alone.stderr).toContain("NO_FEEDS");
});
