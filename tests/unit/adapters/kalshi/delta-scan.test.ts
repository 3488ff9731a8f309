import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeltaScanner } from "../../../../src/adapters/kalshi/delta-scan.ts";
import { decode } from "../../../../src/adapters/kalshi/wire.ts";
import { fixtureLines } from "../fixtures.ts";

const RECV_MS = 1_800_000_000_000;
const VERBATIM = fixtureLines("kalshi/ws-merge-20260807.jsonl");
const DELTAS = VERBATIM.filter((line) => line.startsWith('{"type":"orderbook_delta"'));

const FIELDS = {
  sid: "1",
  seq: "24",
  ticker: "KXBTC15M-26MAY150530-30",
  id: "957ed958-9b9b-4a98-b024-16a394cd214c",
  price: "0.4300",
  size: "-100.00",
  side: "yes",
  ts: "2026-08-07T06:46:28.97871Z",
  tsMs: "1786085188978",
};

/** A frame as the exchange writes it, whatever its fields hold. */
function frame(fields: Partial<typeof FIELDS> = {}): string {
  const { id, price, seq, sid, side, size, ticker, ts, tsMs } = { ...FIELDS, ...fields };
  return (
    `{"type":"orderbook_delta","sid":${sid},"seq":${seq},"msg":{"market_ticker":"${ticker}","market_id":"${id}",` +
    `"price_dollars":"${price}","delta_fp":"${size}","side":"${side}","ts":"${ts}","ts_ms":${tsMs}}}`
  );
}

const scanner = new DeltaScanner();

/** What the scanner takes must be what the decoder makes of it; null when it left the frame to the decoder. */
function scanned(bytes: Buffer): unknown {
  const found = scanner.scan(bytes, RECV_MS);
  if (found === null) return null;
  const { seq, sid } = found;
  const decoded = { kind: "data", sid, seq, id: null, event: found };
  expect(decode(bytes.toString("utf8"), RECV_MS)).toStrictEqual(decoded);
  return found;
}

function isTaken(text: string): boolean {
  return scanned(Buffer.from(text)) !== null;
}

describe("frames of the exchange", () => {
  test("every change of the verbatim recording is read from its bytes, and nothing else of it", () => {
    expect(DELTAS).toHaveLength(21);
    expect(DELTAS.filter(isTaken)).toEqual(DELTAS);
    expect(VERBATIM.filter(isTaken)).toEqual(DELTAS);
  });

  test("with the line break that ends each, and again for markets that are known by now", () => {
    for (const line of [...DELTAS, ...DELTAS]) expect(isTaken(`${line}\n`)).toBe(true);
  });

  test("as a view into the bytes of several", () => {
    const all = Buffer.from(`??${DELTAS[0]}${DELTAS[1]}`);
    const first = 2 + (DELTAS[0]?.length ?? 0);
    const found = [scanned(all.subarray(2, first)), scanned(all.subarray(first))];
    expect(found).not.toContain(null);
  });

  test("changes of April, which have no ts_ms, are left to the decoder", () => {
    expect(fixtureLines("kalshi/ws-kxbtc-20260418.jsonl").filter(isTaken)).toEqual([]);
  });

  test("markets that share a place in memory are told apart", () => {
    const tickers = Array.from({ length: 5000 }, (_, at) => `KXBTC-${at}-B${at % 7}`);
    for (const ticker of [...tickers, ...tickers]) expect(isTaken(frame({ ticker }))).toBe(true);
  });
});

describe("what differs is left to the decoder", () => {
  test.each([
    ["another key", frame().replace('"side"', '"site"')],
    ["one key more", frame().replace('"ts_ms"', '"subaccount":0,"ts_ms"')],
    ["a key before", frame().replace('"seq"', '"id":4,"seq"')],
    ["an own order", frame().replace("}}", ',"client_order_id":"a"}}')],
    ["another order of keys", frame().replace('"sid":1,"seq":24', '"seq":24,"sid":1')],
    ["no id", frame().replace(`,"market_id":"${FIELDS.id}"`, "")],
    ["a price as a number", frame().replace('"0.4300"', "0.4300")],
    ["a price of other places", frame({ price: "0.430" })],
    ["a price of nothing", frame({ price: "0.0000" })],
    ["a price of a dollar", frame({ price: "1.0000" })],
    ["a price below nothing", frame({ price: "-0.4300" })],
    ["a price without digits before the point", frame({ price: ".4300" })],
    ["a size of other places", frame({ size: "100.0" })],
    ["a size too large to be exact", frame({ size: "90071992547409930.00" })],
    ["a sign too many", frame({ size: "--1.00" })],
    ["a point too many", frame({ size: "1.0.00" })],
    ["another side", frame({ side: "maybe" })],
    ["an empty ticker", frame({ ticker: "" })],
    ["an escaped ticker", frame({ ticker: String.raw`KX\u0041` })],
    ["a ticker beyond ASCII", frame({ ticker: "KXÄ" })],
    ["a control character", frame({ ts: "2026\u0001" })],
    ["a number with a fraction", frame({ tsMs: "1786085188978.5" })],
    ["a number with an exponent", frame({ tsMs: "1e3" })],
    ["a number with a leading zero", frame({ seq: "024" })],
    ["a negative number", frame({ sid: "-1" })],
    ["a number too large to be exact", frame({ seq: "9007199254740993" })],
    ["a space", frame().replace(',"seq"', ', "seq"')],
    ["a byte too many", `${frame()}}`],
    ["two line breaks", `${frame()}\n\n`],
    ["no bytes at all", ""],
  ])("%s", (_name, text) => {
    expect(isTaken(text)).toBe(false);
  });

  test("a frame that breaks off anywhere", () => {
    const text = frame();
    for (let end = 0; end < text.length; end++) expect(isTaken(text.slice(0, end))).toBe(false);
  });
});

test("one byte changed, lost, repeated or put in: taken only with the decoder's own values", () => {
  const change = fc.record({
    text: fc.constantFrom(...DELTAS.slice(0, 40), frame(), `${frame({ side: "no" })}\n`),
    at: fc.nat(300),
    kind: fc.constantFrom("change", "lose", "repeat", "put in"),
    code: fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(...Buffer.from('"\\,:{}-.019')),
    ),
  });
  const taken = { yes: 0, no: 0 };
  fc.assert(
    fc.property(change, ({ at, code, kind, text }) => {
      const bytes = [...Buffer.from(text)];
      const place = at % bytes.length;
      const old = bytes[place] ?? 0;
      if (kind === "change") bytes[place] = code;
      else if (kind === "lose") bytes.splice(place, 1);
      else bytes.splice(place, 0, kind === "repeat" ? old : code);
      if (scanned(Buffer.from(bytes)) === null) taken.no++;
      else taken.yes++;
    }),
    { numRuns: 4000 },
  );
  // Both happen: another digit is another value, another letter of a key is another frame.
  expect(taken.yes).toBeGreaterThan(200);
  expect(taken.no).toBeGreaterThan(1000);
});

test("any values in the usual form: taken only with the decoder's own values", () => {
  const digits = fc.stringMatching(/^[0-9]{1,17}$/);
  const decimal = fc.oneof(
    fc.stringMatching(/^-?[0-9]{1,16}\.[0-9]{1,5}$/),
    fc.stringMatching(/^-?[0-9]{1,6}\.[0-9]{2}$/),
    fc.string(),
  );
  const fields = fc.record({
    sid: digits,
    seq: digits,
    ticker: fc.oneof(fc.stringMatching(/^[A-Z0-9.-]{0,30}$/), fc.string({ unit: "grapheme" })),
    id: fc.string({ unit: "grapheme" }),
    price: fc.oneof(fc.stringMatching(/^0\.[0-9]{4}$/), decimal),
    size: decimal,
    side: fc.constantFrom("yes", "no", "YES", "n", ""),
    ts: fc.string(),
    tsMs: digits,
  });
  fc.assert(
    fc.property(fc.record({ a: fields, b: fields, usual: fc.boolean() }), ({ a, b, usual }) => {
      scanned(Buffer.from(frame(a)));
      const { seq, side, size } = b;
      scanned(Buffer.from(frame(usual ? { seq, side, size } : { ...b, ticker: a.ticker })));
    }),
    { numRuns: 3000 },
  );
});

test("minus nothing is nothing", () => {
  expect(scanned(Buffer.from(frame({ size: "-0.00" })))).toMatchObject({ delta: 0 });
});

test("a frame ends where its bytes end, although the memory behind them would complete it", () => {
  const whole = Buffer.from(`??${frame()}`);
  for (let end = 2; end < whole.length; end++) {
    expect(scanner.scan(whole.subarray(2, end), RECV_MS)).toBeNull();
  }
  expect(scanned(whole.subarray(2))).not.toBeNull();
});

describe("the time of the exchange, whose beginning is that of the frame before", () => {
  const usual = frame({});

  test("is taken at another minute, day or precision as well, and again", () => {
    const times = ["2026-08-06T17:00:00.1Z", "2027-01-01T00:00:59Z", "2026", "", FIELDS.ts];
    for (const ts of times) {
      expect(isTaken(usual)).toBe(true);
      expect(isTaken(frame({ ts }))).toBe(true);
      expect(isTaken(frame({ ts }))).toBe(true);
    }
  });

  test("is left to the decoder with an escape, a quote or anything but letters of ASCII at any place of it", () => {
    for (const odd of ["\\", '"', "\u0000", "é"]) {
      for (let at = 0; at <= FIELDS.ts.length; at++) {
        expect(isTaken(usual)).toBe(true);
        expect(isTaken(frame({ ts: FIELDS.ts.slice(0, at) + odd + FIELDS.ts.slice(at) }))).toBe(
          false,
        );
      }
    }
  });

  test("is no text of nothing, before any other was seen", () => {
    const fresh = new DeltaScanner();
    expect(fresh.scan(Buffer.from(frame({ ts: "\u0000".repeat(16) })), RECV_MS)).toBeNull();
  });
});
