import type { FunnelData, FunnelLine } from "../../why-funnel.ts";
import { type Markup, markup, NOTHING } from "../draw/markup.ts";
import { prose, section, tableOf } from "../parts.ts";
import { count, percent } from "../words.ts";

const GATES_SHOWN = 12;

/** How few of the windows that were seen ended in a fill, and what stood in the way. */
export function funnelSection(data: FunnelData | null): Markup {
  const [seen] = data?.funnel ?? [];
  if (data === null || seen === undefined || seen.evaluations === 0) {
    return section("funnel", "From window to fill", [prose("Nothing was evaluated.")]);
  }
  return section("funnel", "From window to fill", [
    prose(
      "How many windows, markets and evaluations got past each gate in turn; a fill is the last of them.",
    ),
    funnelTable(data.funnel, seen),
    gateTable(data),
  ]);
}

function funnelTable(lines: readonly FunnelLine[], seen: FunnelLine): Markup {
  const rows = lines.map(({ evaluations, markets, step, windows }) => {
    const share = windows / Math.max(1, seen.windows);
    return markup`<tr><th scope="row">${step}</th><td class="bar-cell" aria-hidden="true"><span class="fill" style="width:${(share * 100).toFixed(1)}%"></span></td><td class="num">${count(windows)}</td><td class="num">${count(markets)}</td><td class="num">${count(evaluations)}</td><td class="num">${shareText(evaluations / seen.evaluations)}</td></tr>
`;
  });
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Evaluations past each gate"><table class="funnel"><caption>Evaluations past each gate; the bar is the share of windows</caption>
<thead><tr><th scope="col">past</th><td></td><th scope="col" class="num">windows</th><th scope="col" class="num">markets</th><th scope="col" class="num">evaluations</th><th scope="col" class="num">share</th></tr></thead>
<tbody>${rows}</tbody></table></div>
`;
}

function shareText(share: number): string {
  return percent(share, share > 0 && share < 0.001 ? 3 : 1);
}

function gateTable({ gates }: FunnelData): Markup {
  if (gates.length === 0) return NOTHING;
  return markup`<details><summary>Gates that were shut</summary>${tableOf(
    "How often each gate was shut, and how often it alone",
    {
      columns: [
        { title: "gate" },
        { title: "shut", align: "right" },
        { title: "alone", align: "right" },
      ],
      rows: gates
        .slice(0, GATES_SHOWN)
        .map(({ alone, code, shut }) => [code, count(shut), count(alone)]),
    },
  )}</details>
`;
}
