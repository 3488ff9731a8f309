import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createColumns,
  createUnpacked,
  type DeltaRow,
  rowAt,
  setRow,
} from "../../src/adapters/sqlite/segments/columns.ts";
import { decodeSegment } from "../../src/adapters/sqlite/segments/decode.ts";
import { encodeSegment, type Segment } from "../../src/adapters/sqlite/segments/encode.ts";
import { ByteCursor, INT_BYTES_MAX, putInt } from "../../src/adapters/sqlite/segments/varint.ts";

/** One for all, as whoever packs has it: what a segment leaves behind must not show in the next. */
const columns = createColumns();

function pack(rows: readonly DeltaRow[]): Segment | null {
  for (const [index, row] of rows.entries()) setRow(columns, index, row);
  return encodeSegment(columns, rows.length);
}

function unpack({ firstEv, data }: { firstEv: number; data: Uint8Array }): DeltaRow[] {
  const unpacked = createUnpacked();
  const n = decodeSegment(firstEv, data, unpacked);
  return Array.from({ length: n }, (_, row) => rowAt(firstEv, unpacked, row));
}

const LIMIT = 2 ** 52;
/** Mostly what an exchange sends, sometimes the largest there is. */
const integer = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min, max }) },
    { weight: 1, arbitrary: fc.maxSafeInteger().filter((n) => Math.abs(n) <= LIMIT) },
    { weight: 1, arbitrary: fc.constantFrom(0, -1, 2 ** 30, -(2 ** 30), 2 ** 31, LIMIT, -LIMIT) },
  );

const rowsOf = fc
  .tuple(
    fc.integer({ min: 1, max: 900_000 }),
    fc.array(
      fc.record({
        evStep: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 400 })),
        streamId: fc.oneof(fc.integer({ min: 1, max: 3 }), integer(1, 5_000)),
        seq: integer(0, 100_000),
        priceCode: fc.integer({ min: -10_001, max: 10_000 }),
        deltaCq: fc.oneof(
          integer(-100_000, 100_000),
          integer(-90, 90).map((n) => n * 100),
        ),
        dtMs: integer(0, 900_000),
        lagMs: fc.option(integer(-500, 500), { nil: null }),
      }),
      { minLength: 1, maxLength: 120 },
    ),
  )
  .map(([run, list]) => {
    let ev = run * 1e10 - 1;
    return list.map((row): DeltaRow => {
      ev += row.evStep;
      const { deltaCq, dtMs, lagMs, priceCode, seq, streamId } = row;
      return [ev, streamId, seq, priceCode, deltaCq, dtMs, lagMs];
    });
  })
  .filter((rows) => rows.every(([, , , , deltaCq]) => Math.abs(deltaCq) <= LIMIT));

describe("an integer", () => {
  test("comes back from its bytes, as long as it is a safe one", () => {
    const bytes = new Uint8Array(INT_BYTES_MAX);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.maxSafeInteger(),
          fc.integer({ min: -200, max: 200 }),
          fc.constantFrom(2 ** 53, -(2 ** 53)),
        ),
        (value) => {
          const end = putInt(bytes, 0, value);
          for (const read of ["next", "nextOfThree"] as const) {
            const cursor = new ByteCursor(bytes.subarray(0, end), 0);
            expect(cursor[read]()).toBe(value);
            expect(cursor.at).toBe(end);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test.each([
    [0, [0]],
    [-1, [1]],
    [63, [126]],
    [64, [128, 1]],
    [-64, [127]],
    [300, [216, 4]],
    [2 ** 30, [128, 128, 128, 128, 8]],
  ])("%d is zig-zag coded as protobuf does", (value, wanted) => {
    const bytes = new Uint8Array(INT_BYTES_MAX);
    expect([...bytes.subarray(0, putInt(bytes, 0, value))]).toEqual(wanted);
  });
});

describe("a segment", () => {
  test("gives every column of every row back", () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const segment = pack(rows);
        if (segment === null) throw new Error("nothing was packed");
        expect(unpack(segment)).toEqual(rows);
        const times = rows.map(([, , , , , dtMs]) => dtMs);
        expect(segment).toMatchObject({
          firstEv: rows[0]?.[0],
          lastEv: rows.at(-1)?.[0],
          n: rows.length,
          dtMin: Math.min(...times),
          dtMax: Math.max(...times),
        });
      }),
      { numRuns: 500 },
    );
  });

  test("ends before a row that it could not give back", () => {
    const plain: DeltaRow = [1e10, 1, 1, 4_500, 100, 5, null];
    for (const bad of [2 ** 53, -(2 ** 53), 1e300, 0.5, Number.POSITIVE_INFINITY]) {
      for (const column of [1, 2, 3, 4, 5, 6]) {
        const row: DeltaRow = [1e10 + 1, 1, 2, 4_500, 100, 5, 0];
        row[column] = bad;
        expect(pack([plain, row])?.n, `${bad} in column ${column}`).toBe(1);
        expect(pack([row, plain])).toBeNull();
      }
    }
    for (const price of [2 ** 31, -(2 ** 31)]) {
      expect(pack([plain, [1e10 + 1, 1, 2, price, 100, 5, 0]])?.n, `a price of ${price}`).toBe(1);
    }
  });

  test("that was cut, lengthened or is of another format is refused, not guessed at", () => {
    fc.assert(
      fc.property(rowsOf, fc.nat(), (rows, cut) => {
        const segment = pack(rows);
        if (segment === null) throw new Error("nothing was packed");
        const { data, firstEv } = segment;
        const corrupt = expect.objectContaining({ kind: "store", code: "DB_CORRUPT" });
        const damaged = [
          data.subarray(0, cut % data.length),
          new Uint8Array([...data, 0]),
          new Uint8Array([data[0] === 1 ? 2 : 1, ...data.subarray(1)]),
        ];
        for (const bytes of damaged)
          expect(() => unpack({ firstEv, data: bytes })).toThrow(corrupt);
      }),
    );
  });

  test("of random bytes ends, in rows or in a refusal", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const data = new Uint8Array([1, bytes.length % 50, 0, ...bytes]);
        try {
          expect(unpack({ firstEv: 1e10, data })).toHaveLength(bytes.length % 50);
        } catch (error) {
          expect(error).toMatchObject({ code: "DB_CORRUPT" });
        }
      }),
    );
  });
});
