import { expect, test } from "vitest";
import { readFeed } from "../../../../../src/adapters/feeds/news/rss.ts";
import type { Observation } from "../../../../../src/adapters/feeds/slow/poll.ts";
import { slowFixture } from "../slow/fixtures.ts";

const RECV = 1_787_142_000_000;
const where = { source: "rss:paper.example", url: "https://paper.example/rss", recvMs: RECV };

function read(text: string): readonly Observation[] {
  const look = readFeed(text, where);
  if (look.kind !== "items") throw new Error(look.kind);
  return look.observations;
}

function only(item: string): Observation | undefined {
  return read(`<rss><channel><item>${item}</item></channel></rss>`)[0];
}

test("RSS: the reference's quirks, oldest first", () => {
  const news = { type: "news", source: "rss:paper.example", recvMs: RECV } as const;
  expect(readFeed(slowFixture("rss.xml"), where)).toMatchObject({ waitMs: 300_000, isCut: false });
  expect(read(slowFixture("rss.xml"))).toEqual([
    {
      slot: "paper-1",
      mark: "",
      event: { ...news, title: "Bad address", url: null, publishedMs: null },
    },
    { rejected: "no_title" },
    {
      slot: "No address, no name\nnull",
      mark: "",
      event: { ...news, title: "No address, no name", url: null, publishedMs: null },
    },
    {
      slot: "https://paper.example/qa",
      mark: "",
      event: {
        ...news,
        title: 'Q&A: "A < B" &own; &file; &nosuch;',
        url: "https://paper.example/qa",
        publishedMs: Date.parse("2026-08-19T12:30:00Z"),
      },
    },
    {
      slot: "paper-3",
      mark: "",
      event: {
        ...news,
        title: "It\u2019s up & away",
        url: "https://paper.example/up?a=1&b=2",
        publishedMs: Date.parse("2026-08-19T12:34:56Z"),
      },
    },
  ]);
});

test("Atom: the page's link, relative to the feed", () => {
  expect(read(slowFixture("atom.xml"))).toMatchObject([
    {
      slot: "tag:notes.example,2026:2",
      event: {
        title: "Fees & limits",
        url: "https://paper.example/2?a=1&b=2",
        publishedMs: Date.parse("2026-08-19T12:00:00.5Z"),
      },
    },
  ]);
});

test("RSS 1.0 has its items beside the channel", () => {
  const rdf = `<rdf:RDF><channel><title>x</title></channel><item><title>a</title><link>https://a.example/</link>
    <dc:date>2026-08-19T12:00:00Z</dc:date></item></rdf:RDF>`;
  expect(read(rdf)).toMatchObject([
    { event: { title: "a", url: "https://a.example/", publishedMs: 1_787_140_800_000 } },
  ]);
});

test.each([
  ["HTML instead of a feed", "<!doctype html><html><body><p>503</body></html>"],
  ["JSON", '{"items":[]}'],
  ["nothing", ""],
  ["RSS without a channel", "<rss></rss>"],
])("%s is unreadable", (_name, text) => {
  expect(readFeed(text, where).kind).toBe("unreadable");
});

test("an empty channel is no news", () => {
  expect(read("<rss><channel></channel></rss>")).toEqual([]);
});

test("what is stored is bounded, and has no half characters", () => {
  const observation = only(`<title>${"x".repeat(999)}\u{1F600}tail</title>`);
  if (observation === undefined || "rejected" in observation) throw new Error("refused");
  const { event } = observation;
  if (event.type !== "news") throw new Error(event.type);
  expect(event.title).toBe(`${"x".repeat(999)}\uFFFD`);
  expect(observation.slot.length).toBeLessThanOrEqual(500);
});

test("control and direction characters are stored as they came", () => {
  expect(only("<title>a\u202Eb\u0007</title>")).toMatchObject({
    event: { title: "a\u202Eb\u0007" },
  });
});

test("a document type that points elsewhere is left alone, an entity that does is refused", () => {
  const rss = "<rss><channel><item><title>a &x;</title></item></channel></rss>";
  const dtd = `<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://127.0.0.1:1/rss.dtd">${rss}`;
  expect(read(dtd)).toMatchObject([{ event: { title: "a &x;" } }]);
  const file = `<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>${rss}`;
  expect(readFeed(file, where).kind).toBe("unreadable");
});

test.each([
  ["guid", "<guid isPermaLink='false'>7</guid><link>https://a.example/1</link>", "7"],
  ["link", "<link>https://a.example/1</link>", "https://a.example/1"],
  ["title and date", "<pubDate>19 Aug 2026 12:00 GMT</pubDate>", "t\n1787140800000"],
])("an item is known by its %s", (_name, parts, slot) => {
  expect(only(`<title>t</title>${parts}`)).toMatchObject({ slot });
});

test("more items than are kept are a hole", () => {
  const items = "<item><title>t</title></item>".repeat(501);
  const look = readFeed(`<rss><channel>${items}</channel></rss>`, where);
  expect(look).toMatchObject({ kind: "items", isCut: true, observations: { length: 500 } });
});
