import { describe, expect, test } from "vitest";
import { weeklyPause } from "../../../../src/exchange/trading/weekly-pause.ts";

function pauseAt(text: string): [string, string] {
  const { startMs, endMs } = weeklyPause(Date.parse(text));
  return [new Date(startMs).toISOString(), new Date(endMs).toISOString()];
}

describe("the weekly pause is Thursday 03:00 to 05:00 in New York", () => {
  test.each([
    ["in summer", "2026-08-17T04:50:00Z", "2026-08-20T07:00:00.000Z"],
    ["in winter", "2026-11-21T12:00:00Z", "2026-11-26T08:00:00.000Z"],
    ["in the week in which the clocks go back", "2026-10-30T12:00:00Z", "2026-11-05T08:00:00.000Z"],
    ["in the week in which they go forward", "2027-03-12T12:00:00Z", "2027-03-18T07:00:00.000Z"],
    ["at its first moment", "2026-08-20T07:00:00Z", "2026-08-20T07:00:00.000Z"],
    ["at its last moment", "2026-08-20T08:59:59.999Z", "2026-08-20T07:00:00.000Z"],
    ["when it has just ended", "2026-08-20T09:00:00Z", "2026-08-27T07:00:00.000Z"],
    ["on the Wednesday before", "2026-08-19T23:59:59Z", "2026-08-20T07:00:00.000Z"],
  ])("%s", (_name, at, start) => {
    const [startText, endText] = pauseAt(at);
    expect(startText).toBe(start);
    expect(Date.parse(endText) - Date.parse(startText)).toBe(2 * 3_600_000);
  });
});
