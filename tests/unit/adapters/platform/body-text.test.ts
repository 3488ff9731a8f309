import { expect, test } from "vitest";
import { bodyText } from "../../../../src/adapters/platform/body-text.ts";

const LATIN = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><t>\u00FC</t>', "latin1");

test.each([
  ["UTF-8", Buffer.from("ü €"), {}, "ü €"],
  ["UTF-8 that is declared as something else", Buffer.from("ü"), latin(), "ü"],
  ["a byte order mark, which stays", Buffer.from("\uFEFFa"), {}, "\uFEFFa"],
  ["the charset of the document", LATIN, {}, '<?xml version="1.0" encoding="ISO-8859-1"?><t>ü</t>'],
  ["the charset of the header", Buffer.from([0xfc]), latin(), "ü"],
  ["an unknown charset", Buffer.from([0xfc]), latin("x-none"), "\uFFFD"],
  ["nothing declared", Buffer.from([0x61, 0xfc]), {}, "a\uFFFD"],
])("%s", (_name, bytes, headers, text) => {
  expect(bodyText(bytes, headers)).toBe(text);
});

function latin(charset = "ISO-8859-1"): Record<string, string> {
  return { "content-type": `text/html; charset=${charset}` };
}
