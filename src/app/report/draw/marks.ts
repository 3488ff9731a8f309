import { type Markup, markup, NOTHING } from "./markup.ts";
import { bandPath, linePath, type Strip, stepPath } from "./paths.ts";
import { type Domain, linearScale, type Scale } from "./scale.ts";
import { spread } from "./spread.ts";
import { type Point, thinLine } from "./thin.ts";
import type { Tick } from "./ticks.ts";

// What can be drawn on a plot. Paths lie in a picture that is stretched to the width there is, all else in percent of it.

export interface Axis extends Domain {
  readonly ticks: readonly Tick[];
  readonly title: string;
}

export interface Frame {
  readonly x: Axis;
  readonly y: Axis;
  /** In pixels; null makes a square. */
  readonly height: number | null;
}

/** Whose numbers a mark shows; colour, dash and shape go by it. */
export type Tone = "model" | "market" | "plain" | "loss";

export interface Mark {
  /** Paths lie in the stretched picture, shapes beside it. */
  readonly layer: "path" | "shape";
  readonly drawn: Markup;
}

/** Points that a line of a page can show. */
const LINE_POINTS = 600;
export const PATH_SIZE = 1_000;

export function line(frame: Frame, points: readonly Point[], tone: Tone): Mark {
  return path(linePath(thinLine(points, LINE_POINTS), pathScales(frame)), `line ${tone}`);
}

export function steps(frame: Frame, points: readonly Point[], tone: Tone): Mark {
  return path(stepPath(thinLine(points, LINE_POINTS), pathScales(frame)), `line ${tone}`);
}

export function band(frame: Frame, strips: readonly Strip[], tone: Tone): Mark {
  return path(bandPath(strips, pathScales(frame)), `band ${tone}`);
}

function path(d: string, className: string): Mark {
  return {
    layer: "path",
    drawn: d === "" ? NOTHING : markup`<path class="${className}" d="${d}"/>`,
  };
}

function pathScales({ x, y }: Frame): { readonly x: Scale; readonly y: Scale } {
  return { x: linearScale(x, [0, PATH_SIZE]), y: linearScale(y, [PATH_SIZE, 0]) };
}

export interface Dot extends Point {
  /** Ends of the whisker; null where there is none to draw. */
  readonly whisker: readonly [lower: number, upper: number] | null;
}

export function dots(frame: Frame, points: readonly Dot[], tone: Tone): Mark {
  const place = placesOf(frame);
  const drawn = points.map(({ whisker, x, y }) => {
    const circle = isWithin(frame.y, y)
      ? markup`<circle class="dot ${tone}" cx="${place.x(x)}" cy="${place.y(y)}" r="4"/>`
      : NOTHING;
    if (whisker === null) return circle;
    const [y1, y2] = whisker.map((end) => place.y(clamped(frame.y, end)));
    return markup`<line class="whisker ${tone}" x1="${place.x(x)}" x2="${place.x(x)}" y1="${y1 ?? ""}" y2="${y2 ?? ""}"/>${circle}`;
  });
  return { layer: "shape", drawn: markup`${drawn}` };
}

export interface Bar {
  readonly x: Domain;
  readonly y: Domain;
}

export function bars(frame: Frame, items: readonly Bar[], tone: Tone): Mark {
  const x = linearScale(frame.x, [0, 100]);
  const y = linearScale(frame.y, [100, 0]);
  const drawn = items.map((bar) => {
    const top = y(clamped(frame.y, bar.y.to));
    const height = y(clamped(frame.y, bar.y.from)) - top;
    const left = x(bar.x.from);
    return markup`<rect class="bar ${tone}" x="${percent(left)}" y="${percent(top)}" width="${percent(x(bar.x.to) - left)}" height="${percent(height)}"/>`;
  });
  return { layer: "shape", drawn: markup`${drawn}` };
}

/** A level that the eye shall compare with, named at its left end; nothing where it is outside. */
export function level(frame: Frame, at: number, label: string): Mark {
  if (!isWithin(frame.y, at)) return { layer: "shape", drawn: NOTHING };
  const y = placesOf(frame).y(at);
  const named =
    label === "" ? NOTHING : markup`<text class="on-line" x="6" y="${y}" dy="-5">${label}</text>`;
  return {
    layer: "shape",
    drawn: markup`<line class="level" x1="0" x2="100%" y1="${y}" y2="${y}"/>${named}`,
  };
}

/** Forecast equals outcome, on axes of the same domain. */
export function diagonal(): Mark {
  return {
    layer: "shape",
    drawn: markup`<line class="level" x1="0" y1="100%" x2="100%" y2="0"/>`,
  };
}

export interface EndLabel {
  readonly y: number;
  readonly text: string;
  readonly tone: Tone;
}

const LABEL_DISTANCE = 14;

/** Values at the right end of lines, beside the plot, none on another. */
export function endLabels(frame: Frame, labels: readonly EndLabel[]): Mark {
  const height = frame.height ?? 0;
  const y = linearScale(frame.y, [height, 0]);
  const places = spread(
    labels.map((label) => y(clamped(frame.y, label.y))),
    { distance: LABEL_DISTANCE, from: 0, to: height },
  );
  const drawn = labels.map(
    ({ text, tone }, i) =>
      markup`<text class="end ${tone}" x="100%" dx="6" y="${Math.round(places[i] ?? 0)}" dy=".35em">${text}</text>`,
  );
  return { layer: "shape", drawn: markup`${drawn}` };
}

/** Places as percentages of the plot, from its upper left corner. */
export function placesOf(frame: Frame): {
  readonly x: (value: number) => string;
  readonly y: (value: number) => string;
} {
  const x = linearScale(frame.x, [0, 100]);
  const y = linearScale(frame.y, [100, 0]);
  return { x: (value) => percent(x(value)), y: (value) => percent(y(value)) };
}

function percent(value: number): string {
  return `${Math.round(value * 100) / 100}%`;
}

function clamped({ from, to }: Domain, value: number): number {
  return Math.min(to, Math.max(from, value));
}

function isWithin({ from, to }: Domain, value: number): boolean {
  return value >= from && value <= to;
}
