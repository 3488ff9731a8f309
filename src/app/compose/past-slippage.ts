import { openReader, openWriter } from "../../adapters/sqlite/open.ts";
import { pastFills } from "../../adapters/sqlite/queries/past-fills.ts";
import { KbtError } from "../../core/errors.ts";
import { type SlippageState, slippageOf } from "../../core/slippage.ts";
import type { Environment } from "./environment.ts";

type Stamp = Environment["stamp"];

/** What fills of earlier runs of a mode measured; creates the database, or brings it up to date, as the run would. */
export function pastSlippage(path: string, env: Stamp, mode: "paper" | "live"): SlippageState[] {
  openWriter(path, { env }).close();
  const reader = openReader(path);
  try {
    return slippageOf(pastFills(reader, mode));
  } finally {
    reader.close();
  }
}

/** The same for who writes nothing: without a database that can be read, nothing was measured. */
export function readSlippage(
  path: string,
  env: Stamp,
): { readonly slippage: SlippageState[]; readonly warnings: readonly string[] } {
  try {
    const reader = openReader(path);
    try {
      const slippage = reader.env === env ? slippageOf(pastFills(reader, "paper")) : [];
      return { slippage, warnings: [] };
    } finally {
      reader.close();
    }
  } catch (error) {
    if (!(error instanceof KbtError)) throw error;
    if (error.code === "DB_MISSING") return { slippage: [], warnings: [] };
    return { slippage: [], warnings: [`slippage as configured: ${error.message}`] };
  }
}
