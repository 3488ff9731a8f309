import type { EvBin, EvBins, Proof, Slice } from "../../core/proof/proof.ts";
import type { CommandContext, Table } from "../context.ts";
import { cents, chance, four, signed } from "./words.ts";

/** The same comparison on parts of the rows, and whether better predictions earn more. */
export async function slicesText(ctx: CommandContext, proof: Proof): Promise<string> {
  if (proof.universes.all.rows === 0) return "";
  const { hour, price, series, strategy, timeToClose } = proof.breakdowns;
  return [
    await evText(ctx, proof.evBins),
    await ctx.table(sliceTable("by strategy", strategy)),
    await ctx.table(sliceTable("by series", series)),
    await ctx.table(sliceTable("by time to close", timeToClose)),
    await ctx.table(sliceTable("by market price", price)),
    await ctx.table(sliceTable("by hour (UTC)", hour)),
    "\n",
  ].join("");
}

function sliceTable(title: string, slices: readonly Slice[]): Table {
  return {
    columns: [
      { title },
      { title: "rows", align: "right" },
      { title: "windows", align: "right" },
      { title: "model", align: "right" },
      { title: "market", align: "right" },
      { title: "better by", align: "right" },
      { title: "s.e.", align: "right" },
      { title: "net profit", align: "right" },
    ],
    rows: slices.map((slice) => [
      slice.key,
      String(slice.rows),
      String(slice.windows),
      four(slice.modelBrier),
      four(slice.marketBrier),
      signed(slice.brierGain),
      four(slice.brierGainSe),
      cents(slice.netProfit),
    ]),
  };
}

async function evText(ctx: CommandContext, { bins, spearman, trend }: EvBins): Promise<string> {
  const table: Table = {
    columns: [
      { title: "predicted value" },
      { title: "rows", align: "right" },
      { title: "windows", align: "right" },
      { title: "predicted", align: "right" },
      { title: "realised", align: "right" },
      { title: "s.e. (cents)", align: "right" },
    ],
    rows: bins.map((bin) => [
      binText(bin),
      String(bin.rows),
      String(bin.windows),
      cents(bin.meanEv),
      cents(bin.realised),
      bin.se === null ? "" : (bin.se * 100).toFixed(1),
    ]),
  };
  const rising =
    trend === null
      ? ""
      : `rising: Jonckheere z ${trend.z.toFixed(2)}, p ${chance(trend.pOneSided)}`;
  const ranks =
    spearman === null
      ? ""
      : `; rank correlation ${spearman.rho.toFixed(3)} (${spearman.lower.toFixed(3)} to ${spearman.upper.toFixed(3)})`;
  return `${await ctx.table(table)}${rising === "" ? "" : `${rising}${ranks}\n`}\n`;
}

function binText({ from, to }: EvBin): string {
  if (from === null) return `up to ${wholeCents(to ?? 0)} c`;
  return to === null ? `above ${wholeCents(from)} c` : `${wholeCents(from)} to ${wholeCents(to)} c`;
}

function wholeCents(dollars: number): string {
  return String(Math.round(dollars * 100));
}
