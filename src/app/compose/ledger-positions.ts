import type { Reader } from "../../adapters/sqlite/open.ts";
import type { LedgerFilter } from "../../adapters/sqlite/queries/ledger.ts";
import { legsByMarket } from "../../adapters/sqlite/queries/lot-legs.ts";
import { marks } from "../../adapters/sqlite/queries/marks.ts";
import { listPositions } from "../../adapters/sqlite/queries/positions.ts";
import { lotsOf } from "../../core/lots.ts";
import type { Listing } from "../ledger-text.ts";
import { positionsTable } from "../positions-table.ts";

const NONE = { open: [], closed: [] };

/** What is held, or was at `--until`, with its lots and the newest touch. */
export function positionsListing(reader: Reader, filter: LedgerFilter): Listing {
  const { limit = 0, mode, ticker, until = Number.MAX_SAFE_INTEGER } = filter;
  const held = listPositions(reader, filter).slice(0, limit === 0 ? undefined : limit);
  const markOf = marks(reader, until);
  const lots = new Map(
    legsByMarket(reader, { mode, ticker }).map((market) => [
      `${market.mode} ${market.account} ${market.ticker}`,
      lotsOf(market.legs.filter(({ atMs }) => atMs <= until)),
    ]),
  );
  return positionsTable(
    held.map((one) => ({
      ...one,
      lots: lots.get(`${one.mode} ${one.runId} ${one.ticker}`) ?? NONE,
      mark: markOf(one.mode, one.ticker),
    })),
  );
}
