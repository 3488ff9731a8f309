import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCoinbase } from "../../src/adapters/feeds/coinbase/frames.ts";

/** Only the JSON decoder reads a frame that begins with a space, which means nothing in JSON. */
function expectSameAsJson(text: string): void {
  expect(decodeCoinbase(text, 7)).toEqual(decodeCoinbase(` ${text}`, 7));
}

const usualNumber = fc
  .tuple(fc.nat(200_000), fc.nat(99_999_999), fc.nat(8))
  .map(([whole, part, digits]) =>
    digits === 0 ? `${whole}` : `${whole}.${`${part}`.padStart(8, "0").slice(0, digits)}`,
  );
const ODD_NUMBERS =
  "|-1|-0|0|00|01.50|1e3|1E-7|+1| 1|1.|.5|.|1.2.3|0.000000001|0.000000010|9007199254740993|90071992.54740993|NaN|Infinity|0x10|\\u0031|1\\n|1,5|\u0661";
const oddNumber = fc.constantFrom("9".repeat(400), ...ODD_NUMBERS.split("|"));
const number = fc.oneof({ weight: 8, arbitrary: usualNumber }, { weight: 1, arbitrary: oddNumber });
const sometimes = (usual: readonly string[], odd: readonly string[]) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );

const time = sometimes(
  ["2026-09-30T02:39:53.670986313Z", "2026-09-30T02:39:54.05Z", "2026-09-30T02:39:54Z"],
  ["", "2026-13-30T02:39:54Z", "2026-09-30T02:39:54+02:00", "now", "\\u0032026-09-30T02:39:54Z"],
);
const level = fc
  .record({ side: sometimes(["bid", "offer"], ["ask", "", "b\\u0069d"]), time, price: number })
  .chain((one) => number.map((size) => ({ ...one, size })))
  .map(
    (one) =>
      `{"side":"${one.side}","event_time":"${one.time}","price_level":"${one.price}","new_quantity":"${one.size}"}`,
  );
const event = fc
  .record({
    type: sometimes(["update", "snapshot"], ["delta", ""]),
    product: sometimes(["BTC-USD", "ETH-USD"], ["", "A-LONG-NAME-USD", "BTC\\u002dUSD", 'B\\"TC']),
    levels: fc.array(level, { maxLength: 4 }),
  })
  .map(
    ({ levels, product, type }) =>
      `{"type":"${type}","product_id":"${product}","updates":[${levels.join(",")}]}`,
  );
const frame = fc
  .record({
    client: sometimes([""], ['"client_id":"",', '"client_id":"a\\nb",', '"channel":"ticker",']),
    time,
    seq: sometimes(["0", "245", "999999999999999"], ["01", "-1", "1.5", "1e3", "9007199254740993"]),
    events: fc.array(event, { minLength: 1, maxLength: 2 }),
    tail: sometimes([""], [" ", "\n", ',"x":1', "}", ","]),
  })
  .map(
    ({ client, events, seq, tail, ...at }) =>
      `{"channel":"l2_data",${client}"timestamp":"${at.time}","sequence_num":${seq},"events":[${events.join(",")}]}${tail}`,
  );

const PIECES = [
  '"',
  "\\",
  "\\u0062",
  ",",
  "}",
  "]",
  " ",
  "\n",
  "\0",
  "0",
  "-",
  ".",
  "e5",
  "\ud800",
];

/** A text with one stretch lost, or with a stretch of its own (duplicate keys) or something that JSON minds put in. */
const mutated = fc
  .tuple(frame, fc.nat(), fc.nat(40), fc.nat(), fc.nat(120))
  .chain(([text, from, length, otherFrom, otherLength]) => {
    const start = from % text.length;
    const other = otherFrom % text.length;
    const again = text.slice(start, start + otherLength);
    const moved = text.slice(other, other + otherLength);
    return fc
      .constantFrom("", again, moved, ...PIECES)
      .map((piece) => text.slice(0, start) + piece + text.slice(start + (piece ? 0 : length)));
  });

test("a frame as it is usually written means what its JSON means", () => {
  fc.assert(fc.property(frame, expectSameAsJson), { numRuns: 2000 });
});

test("a frame with anything added, lost or repeated means what its JSON means", () => {
  fc.assert(fc.property(mutated, expectSameAsJson), { numRuns: 4000 });
});

test("a frame cut off anywhere, also between two levels, means what its JSON means", () => {
  fc.assert(
    fc.property(frame, fc.nat(), (text, at) => {
      expectSameAsJson(text.slice(0, at % text.length));
      for (const { index } of text.matchAll(/[}\]]/g)) {
        expectSameAsJson(text.slice(0, index + 1));
        expectSameAsJson(text.slice(0, index + 2));
      }
    }),
    { numRuns: 1000 },
  );
});

test("no text whatever makes the decoder throw or differ", () => {
  const head = '{"channel":"l2_data",';
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.json());
  const any = fc.tuple(fc.constantFrom("", head), text).map((parts) => parts.join(""));
  fc.assert(fc.property(any, expectSameAsJson), { numRuns: 1000 });
});
