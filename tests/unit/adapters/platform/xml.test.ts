import { expect, test } from "vitest";
import { decodeEntities, parseXml } from "../../../../src/adapters/platform/xml.ts";

test("text, attributes and lists", () => {
  expect(parseXml('\uFEFF<r><item a="1">01</item><n>1e5</n></r>')).toEqual({
    r: { item: [{ "#text": "01", "@a": "1" }], n: "1e5" },
  });
});

test("what a DOCTYPE defines is not expanded", () => {
  const bomb = `<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><r>&b;</r>`;
  expect(parseXml(bomb)).toEqual({ r: "&b;" });
});

test.each([
  ["nothing", ""],
  ["text", "no markup at all"],
  ["JSON", '{"a":1}'],
])("%s is an empty document", (_name, text) => {
  expect(parseXml(text)).toEqual({});
});

test.each([
  ["deeper than any feed", "<a>".repeat(200)],
  ["cut within a tag", "<rss><channel><item"],
  ["cut within CDATA", "<rss><channel><![CDATA[abc"],
])("%s is no document", (_name, text) => {
  expect(parseXml(text)).toBeUndefined();
});

test("a tag with the name of something of every object changes none", () => {
  expect(parseXml("<r><__proto__><x>1</x></__proto__></r>")).toBeUndefined();
  expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
});

test.each([
  ["&amp;&lt;&gt;&quot;&apos;", "&<>\"'"],
  ["&#8217;&#x2019;&#X2019;&rsquo;", "\u2019\u2019\u2019\u2019"],
  ["&amp;amp;", "&amp;"],
  ["&unknown; & &; &#; &#0; &#xD800; &#1114112;", "&unknown; & &; &#; &#0; &#xD800; &#1114112;"],
])("%s", (text, decoded) => {
  expect(decodeEntities(text)).toBe(decoded);
});
