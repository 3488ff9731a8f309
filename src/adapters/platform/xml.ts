import { XMLParser } from "fast-xml-parser";

// Lists even when there is one. `link` is one in Atom and may be several in RSS.
const LISTS: ReadonlySet<string> = new Set(["item", "entry", "link"]);

// Entities are left alone here, those of a DOCTYPE included: nothing that a document defines or points to is ever
// expanded or fetched. `decodeEntities` knows the fixed ones.
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  textNodeName: "#text",
  allowBooleanAttributes: true,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  isArray: (name) => LISTS.has(name),
});

/** An XML document as nested objects, attributes as `@name`; undefined when it is none. */
export function parseXml(text: string): unknown {
  try {
    const document: unknown = parser.parse(text.replace(/^\uFEFF/, "").trimStart());
    return document;
  } catch {
    return undefined;
  }
}

// What headlines are written with; the other two thousand names of HTML stay as they are.
const NAMED: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["nbsp", "\u00A0"],
  ["ndash", "\u2013"],
  ["mdash", "\u2014"],
  ["lsquo", "\u2018"],
  ["rsquo", "\u2019"],
  ["sbquo", "\u201A"],
  ["ldquo", "\u201C"],
  ["rdquo", "\u201D"],
  ["bdquo", "\u201E"],
  ["laquo", "\u00AB"],
  ["raquo", "\u00BB"],
  ["hellip", "\u2026"],
  ["bull", "\u2022"],
  ["middot", "\u00B7"],
  ["euro", "\u20AC"],
  ["pound", "\u00A3"],
  ["yen", "\u00A5"],
  ["cent", "\u00A2"],
  ["deg", "\u00B0"],
  ["trade", "\u2122"],
  ["reg", "\u00AE"],
  ["copy", "\u00A9"],
  ["times", "\u00D7"],
  ["frac12", "\u00BD"],
  ["eacute", "\u00E9"],
  ["egrave", "\u00E8"],
  ["aacute", "\u00E1"],
  ["iacute", "\u00ED"],
  ["oacute", "\u00F3"],
  ["uacute", "\u00FA"],
  ["auml", "\u00E4"],
  ["ouml", "\u00F6"],
  ["uuml", "\u00FC"],
  ["szlig", "\u00DF"],
  ["ccedil", "\u00E7"],
  ["ntilde", "\u00F1"],
]);

const ENTITY = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,10}));/g;

/** Character references and the common named entities, once; what is unknown stays as it is. */
export function decodeEntities(text: string): string {
  return text.replaceAll(ENTITY, (whole: string, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED.get(name) ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
    const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return isCharacter ? String.fromCodePoint(code) : whole;
  });
}
