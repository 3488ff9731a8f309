import { describe, expect, test } from "vitest";
import { markup } from "../../../../src/app/report/draw/markup.ts";
import { bandPath, linePath, stepPath } from "../../../../src/app/report/draw/paths.ts";
import { domainOf, linearScale } from "../../../../src/app/report/draw/scale.ts";
import { spread } from "../../../../src/app/report/draw/spread.ts";
import { thinEvenly, thinLine } from "../../../../src/app/report/draw/thin.ts";
import { niceAxis, powerAxis, timeTicks } from "../../../../src/app/report/draw/ticks.ts";
import { fixed } from "../../../../src/app/report/words.ts";

describe("markup", () => {
  test.each([
    ["tags", "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
    ["quotes that would end an attribute", `" onload='x'`, "&quot; onload=&#39;x&#39;"],
    ["entities", "a&amp;b", "a&amp;amp;b"],
    ["direction overrides and controls", "a\u202eb\u0000c\u001b[1m", "abc[1m"],
    ["half a surrogate pair", "a\ud800b", "a\ufffdb"],
  ])("escapes %s", (_, text, expected) => {
    expect(markup`<p title="${text}">${text}</p>`.html).toBe(
      `<p title="${expected}">${expected}</p>`,
    );
  });

  test("keeps what it made itself, in lists too, and says nothing for null", () => {
    const items = ["a", "<"].map((text) => markup`<li>${text}</li>`);
    expect(markup`<ul>${items}${null}${3}</ul>`.html).toBe("<ul><li>a</li><li>&lt;</li>3</ul>");
  });
});

describe("a scale", () => {
  test("is linear, may run backwards and continues outside", () => {
    const scale = linearScale({ from: 10, to: 20 }, [100, 0]);
    expect([10, 15, 20, 25].map(scale)).toEqual([100, 50, 0, -50]);
  });

  test.each([
    ["several", [3, 1, 2], 1, 3],
    ["one", [50], 45, 55],
    ["nought alone", [0], -1, 1],
    ["none", [], 0, 1],
    ["what is not finite left out", [Number.NaN, 2, Number.POSITIVE_INFINITY, 4], 2, 4],
  ])("domain of %s", (_, values, from, to) => {
    expect(domainOf(values)).toEqual({ from, to });
  });
});

const labels = ([from, to]: readonly [number, number], count: number): string[] =>
  niceAxis({ from, to }, count, fixed).ticks.map(({ label }) => label);
const at = (text: string): number => Date.parse(`${text}Z`);

test("a single instant has the room around it that it is given", () => {
  expect(domainOf([1e12], 3_600_000)).toEqual({ from: 1e12 - 3_600_000, to: 1e12 + 3_600_000 });
});

describe("ticks", () => {
  test.each([
    ["hundreds", [0, 1000], 5, ["0", "200", "400", "600", "800", "1000"]],
    ["tenths without noise of floats", [0.1, 0.3], 2, ["0.1", "0.2", "0.3"]],
    [
      "thousandths below nought",
      [-0.004, 0.003],
      4,
      ["−0.004", "−0.002", "0.000", "0.002", "0.004"],
    ],
    ["out to whole steps", [3, 97], 4, ["0", "50", "100"]],
    ["large", [0, 7e6], 4, ["0", "2000000", "4000000", "6000000", "8000000"]],
  ] as const)("%s", (_, domain, count, expected) => {
    expect(labels(domain, count)).toEqual(expected);
  });

  test("the axis holds the whole domain", () => {
    for (let k = -6; k <= 6; k++) {
      for (const [from, to] of [
        [0.123, 0.456],
        [-7.7, 3.1],
        [99, 101],
      ] as const) {
        const scale = 10 ** k;
        const hair = 1e-9 * scale * Math.max(Math.abs(from), Math.abs(to));
        const axis = niceAxis({ from: from * scale, to: to * scale }, 5, fixed);
        expect(axis.from).toBeLessThanOrEqual(from * scale + hair);
        expect(axis.to).toBeGreaterThanOrEqual(to * scale - hair);
        expect(axis.ticks.length).toBeGreaterThanOrEqual(2);
        expect(axis.ticks.length).toBeLessThanOrEqual(8);
      }
    }
  });

  test("powers of ten skip decades when there are many", () => {
    const [few, many] = [1.4, 12].map((to) => powerAxis({ from: -1, to }, 5, String).ticks);
    expect(few?.map((tick) => tick.at)).toEqual([-1, 0, 1]);
    expect(many?.map((tick) => tick.at)).toEqual([0, 3, 6, 9, 12]);
  });

  test.each([
    [
      "within an hour",
      "2026-11-02T14:03",
      "2026-11-02T14:58",
      ["2 Nov 14:10", "14:20", "14:30", "14:40", "14:50"],
    ],
    [
      "over midnight",
      "2026-11-02T20:00",
      "2026-11-03T07:00",
      ["2 Nov 20:00", "22:00", "3 Nov", "02:00", "04:00", "06:00"],
    ],
    [
      "a week",
      "2026-11-02T14:00",
      "2026-11-09T14:00",
      ["3 Nov", "4 Nov", "5 Nov", "6 Nov", "7 Nov", "8 Nov", "9 Nov"],
    ],
    ["one instant", "2026-11-02T14:00", "2026-11-02T14:00", ["2 Nov 14:00"]],
  ])("times: %s", (_, from, to, expected) => {
    expect(timeTicks({ from: at(from), to: at(to) }, 7).map(({ label }) => label)).toEqual(
      expected,
    );
  });

  test("times of years are as few", () => {
    const ticks = timeTicks({ from: at("2020-01-01"), to: at("2060-01-01") }, 7);
    expect(ticks.length).toBeGreaterThanOrEqual(3);
    expect(ticks.length).toBeLessThanOrEqual(7);
  });
});

describe("paths", () => {
  const scales = { x: (value: number) => value, y: (value: number) => 10 - value };

  test("a line is interrupted by what is not a number", () => {
    const points = [1, 2, Number.NaN, 4].map((y, x) => ({ x, y }));
    expect(linePath(points, scales)).toBe("M0 9L1 8M3 6");
  });

  test("a step is level until the next point", () => {
    const points = [1, 3].map((y, x) => ({ x, y }));
    expect(stepPath(points, scales)).toBe("M0 9H1V7");
  });

  test("a band goes there and back", () => {
    const strips = [0, 1].map((x) => ({ x, lower: 1, upper: 2 }));
    expect(bandPath(strips, scales)).toBe("M0 8L1 8L1 9L0 9Z");
    expect(bandPath(strips.slice(1), scales)).toBe("");
  });
});

describe("thinning", () => {
  const points = Array.from({ length: 10_000 }, (_, x) => ({
    x,
    y: x === 5_003 ? 9 : x === 77 ? -9 : 0,
  }));

  test("a line keeps its peaks and its ends", () => {
    const thin = thinLine(points, 400);
    expect(thin.length).toBeLessThanOrEqual(400);
    expect(thin.map(({ x }) => x)).toEqual(expect.arrayContaining([0, 77, 5_003, 9_999]));
    expect(thin).toEqual(thin.toSorted((a, b) => a.x - b.x));
  });

  test("what is short stays as it is", () => {
    expect(thinLine(points.slice(0, 9), 400)).toHaveLength(9);
    expect(thinEvenly([1, 2], 5)).toEqual([1, 2]);
  });

  test("evenly, the first and the last among them", () => {
    const thin = thinEvenly(points, 40);
    expect(thin).toHaveLength(40);
    expect([thin[0]?.x, thin.at(-1)?.x]).toEqual([0, 9_999]);
  });
});

describe("labels", () => {
  const limits = { distance: 10, from: 0, to: 100 };
  test.each([
    ["apart stay", [10, 50, 90], [10, 50, 90]],
    ["on one another move down", [50, 50, 51], [50, 60, 70]],
    ["at the foot move up", [98, 100, 99], [80, 100, 90]],
    ["above the head come in", [-5, 3], [0, 10]],
  ])("%s", (_, wanted, expected) => {
    expect(spread(wanted, limits)).toEqual(expected);
  });
});
