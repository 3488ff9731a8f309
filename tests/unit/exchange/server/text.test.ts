import { expect, test } from "vitest";
import { groupedText, indexText, plainText } from "../../../../src/exchange/server/number-text.ts";
import {
  easternText,
  goTimeText,
  httpDateText,
  utcText,
} from "../../../../src/exchange/server/time-text.ts";

test.each([0, 951_782_400_000, 1_709_164_800_123, 1_786_942_200_020, 4_102_444_799_999])(
  "%d ms as the calendar has it",
  (ms) => {
    const date = new Date(ms);
    const iso = date.toISOString();
    expect(Date.parse(utcText(ms))).toBe(ms);
    expect(utcText(ms).slice(0, 19)).toBe(iso.slice(0, 19));
    expect(httpDateText(ms)).toBe(date.toUTCString());
  },
);

test.each([
  [1_781_159_387_354, "2026-06-11T06:29:47.354Z"],
  [1_781_159_387_420, "2026-06-11T06:29:47.42Z"],
  [1_781_159_387_400, "2026-06-11T06:29:47.4Z"],
  [1_781_159_387_000, "2026-06-11T06:29:47Z"],
])("trailing zeros of a fraction are trimmed: %d", (ms, text) => {
  expect(utcText(ms)).toBe(text);
});

test("Go's time text", () => {
  expect(goTimeText(1_781_159_387_250, 139_651_272)).toBe(
    "2026-06-11 06:29:47.25 +0000 UTC m=+139651.272000000",
  );
});

test.each([
  [1_786_942_800_000, "Aug 17, 2026", "1 AM EDT"],
  [1_786_943_700_000, "Aug 17, 2026", "1:15 AM EDT"],
  [1_795_298_400_000, "Nov 21, 2026", "5 PM EST"],
])("New York time of %d", (ms, date, clock) => {
  expect(easternText(ms)).toEqual({ date, clock });
});

test("numbers without exponent, in groups, and index values with cents at least", () => {
  expect(plainText(0.000_000_05)).toBe("0.00000005");
  expect(plainText(64_281.7)).toBe("64281.7");
  expect(groupedText(1_063_441.03, 2)).toBe("1,063,441.03");
  expect(groupedText(750, 0)).toBe("750");
  expect(groupedText(168.5, 4)).toBe("168.5000");
  expect(indexText(63_512.3)).toBe("63512.30");
  expect(indexText(142.1234)).toBe("142.1234");
});
