import { type Frame, type Mark, PATH_SIZE, placesOf } from "./marks.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";
import type { Tick } from "./ticks.ts";

// Plots as SVG that fits any width without a script. Places are percentages, so text, dots and strokes keep their size on a
// phone as on paper; only the paths lie in an inner picture that is stretched.

export interface PlotText {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  /** What the picture says, for those who cannot see it. */
  readonly description: string;
}

export function plot(
  frame: Frame,
  { description, id, title }: PlotText,
  marks: readonly Mark[],
): Markup {
  const of = (layer: Mark["layer"]): readonly Markup[] =>
    marks.filter((mark) => mark.layer === layer).map(({ drawn }) => drawn);
  const size = frame.height === null ? NOTHING : markup` height="${frame.height}"`;
  return markup`<div class="${frame.height === null ? "plot square" : "plot"}"><svg role="img" aria-labelledby="${id}-t ${id}-d" width="100%"${size}><title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>
${grid(frame)}
<svg viewBox="0 0 ${PATH_SIZE} ${PATH_SIZE}" preserveAspectRatio="none" width="100%" height="100%">${of("path")}</svg>
${of("shape")}
</svg></div>`;
}

function grid(frame: Frame): Markup {
  const { x, y } = frame;
  const place = placesOf(frame);
  const levels = y.ticks.map(({ at, label }) => {
    const here = place.y(at);
    return markup`<line class="${at === 0 ? "zero" : "grid"}" x1="0" x2="100%" y1="${here}" y2="${here}"/><text x="0" dx="-6" y="${here}" dy=".35em" text-anchor="end">${label}</text>`;
  });
  const isCrowded = widthOf(x.ticks) > NARROW_WIDTH;
  const feet = x.ticks.map(({ at, label }, i) => {
    const here = place.x(at);
    // On a phone every other label would stand on its neighbour.
    const className = isCrowded && i % 2 === 1 ? "foot wide" : "foot";
    return markup`<line class="tick" x1="${here}" x2="${here}" y1="100%" y2="100%"/><text class="${className}" x="${here}" y="100%" dy="16" text-anchor="middle">${label}</text>`;
  });
  return markup`<g>${levels}${feet}<text class="axis" x="0" dx="-54" y="0" dy="-14">${y.title}</text><text class="axis" x="100%" y="100%" dy="32" text-anchor="end">${x.title}</text></g>`;
}

/** Of a plot on a phone of 360 pixels. */
const NARROW_WIDTH = 240;
const CHARACTER_WIDTH = 6.5;
const BETWEEN_LABELS = 12;

function widthOf(ticks: readonly Tick[]): number {
  return ticks.reduce((sum, { label }) => sum + label.length * CHARACTER_WIDTH + BETWEEN_LABELS, 0);
}
