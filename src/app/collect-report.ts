import type { Feed } from "../ports.ts";
import { bytesText, type SizeReport, sizeText } from "./collect-size.ts";
import type { CommandContext, Table } from "./context.ts";
import { END_TEXT, type RunEnd, type StopReason } from "./run.ts";

// What `collect` says at its end: what arrived, what was stored, and whether that is what was asked for.

interface FeedReport {
  readonly feed: string;
  readonly received: number;
  readonly stored: number;
  readonly rejected: number;
  readonly rejected_reasons: Readonly<Record<string, number>>;
  /** Messages of types this version does not know. */
  readonly unknown_types: Readonly<Record<string, number>>;
  readonly gaps: number;
  readonly reconnects: number;
  readonly delivered: boolean;
  readonly status: string;
}

/** What was done while the run went on to keep its file small. */
export interface UpkeepReport {
  /** Rows that retention removed, by table. */
  readonly removed: Readonly<Record<string, number>>;
  readonly packed_deltas: number;
  /** Of pages that can be used again. */
  readonly bytes_freed: number;
}

export interface CollectReport extends SizeReport {
  readonly run_id: number;
  readonly environment: string;
  readonly ended_by: StopReason;
  readonly seconds: number;
  readonly messages_per_second: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly feeds: readonly FeedReport[];
  /** Journals of `--raw`. */
  readonly raw_files: readonly { readonly path: string; readonly bytes: number }[];
  /** Holes by feed and reason; each is a row of feed_gaps. */
  readonly gaps: Readonly<Record<string, number>>;
  /** Null when none was asked for. */
  readonly upkeep: UpkeepReport | null;
  readonly definition_of_done: boolean;
  readonly not_met: readonly string[];
}

export interface CollectFacts {
  readonly runId: number;
  readonly environment: string;
  readonly feeds: readonly Feed[];
  readonly end: RunEnd;
  readonly rows: ReadonlyMap<string, number>;
  /** Observations of each feed that are stored. */
  readonly stored: ReadonlyMap<string, number>;
  readonly gaps: ReadonlyMap<string, number>;
  /** Feeds whose prices, books or items came. */
  readonly delivered: ReadonlySet<string>;
  /** Feeds that cannot deliver because the recording holds nothing of theirs. */
  readonly absent: ReadonlySet<string>;
  readonly raw: CollectReport["raw_files"];
  readonly truncated: string | null;
  readonly upkeep: UpkeepReport | null;
  readonly size: SizeReport;
}

/** Counts and the verdict: each feed delivered, with its books, nothing failed, received = stored + rejected. */
export function collectReport(facts: CollectFacts): CollectReport {
  const feeds = facts.feeds.map((feed) => feedReport(feed, facts));
  const notMet: string[] = [];
  for (const feed of feeds) {
    if (!feed.delivered && !facts.absent.has(feed.feed))
      notMet.push(`${feed.feed} delivered no market data (${feed.status})`);
    if (feed.received !== feed.stored + feed.rejected) {
      notMet.push(
        `${feed.feed} received ${feed.received} but stored ${feed.stored} and rejected ${feed.rejected}`,
      );
    }
  }
  if (hasNoBook(facts.rows)) notMet.push("kalshi delivered tickers, but no order book");
  if (facts.end.error !== null) notMet.push(facts.end.error.message);
  if (facts.truncated !== null) notMet.push(facts.truncated);
  const seconds = facts.end.realMs / 1000;
  const received = feeds.reduce((sum, feed) => sum + feed.received, 0);
  return {
    run_id: facts.runId,
    environment: facts.environment,
    ended_by: facts.end.reason,
    seconds: Math.round(seconds * 10) / 10,
    messages_per_second: seconds > 0 ? Math.round(received / seconds) : 0,
    rows: Object.fromEntries(facts.rows),
    feeds,
    raw_files: facts.raw,
    gaps: Object.fromEntries(facts.gaps),
    upkeep: facts.upkeep,
    ...facts.size,
    definition_of_done: notMet.length === 0,
    not_met: notMet,
  };
}

/** The books are a subscription of their own, and what it is refused the tickers do not show. */
function hasNoBook(rows: CollectFacts["rows"]): boolean {
  const count = (table: string): number => rows.get(table) ?? 0;
  return count("kalshi_tickers") > 0 && count("kalshi_orderbook_snapshots") === 0;
}

function feedReport(feed: Feed, facts: CollectFacts): FeedReport {
  const { stats } = feed;
  const stored = facts.stored.get(feed.name) ?? 0;
  const delivered = facts.delivered.has(feed.name);
  let rejected = 0;
  for (const count of stats.rejected.values()) rejected += count;
  return {
    feed: feed.name,
    received: stats.received,
    stored,
    rejected,
    rejected_reasons: Object.fromEntries(stats.rejected),
    unknown_types: Object.fromEntries(stats.unknown),
    gaps: stats.gaps,
    reconnects: Math.max(0, stats.connects - 1),
    delivered,
    status: feed.status(),
  };
}

export async function renderCollect(ctx: CommandContext, report: CollectReport): Promise<string> {
  const feeds: Table = {
    columns: [
      { title: "feed" },
      { title: "received", align: "right" },
      { title: "stored", align: "right" },
      { title: "rejected", align: "right" },
      { title: "gaps", align: "right" },
      { title: "reconnects", align: "right" },
    ],
    rows: report.feeds.map((feed) => [
      feed.feed,
      String(feed.received),
      String(feed.stored),
      String(feed.rejected),
      String(feed.gaps),
      String(feed.reconnects),
    ]),
  };
  const rows: Table = {
    columns: [{ title: "table" }, { title: "rows of this run", align: "right" }],
    rows: Object.entries(report.rows).map(([table, count]) => [table, String(count)]),
  };
  const verdict = report.definition_of_done
    ? "definition of done: met"
    : `definition of done: not met (${report.not_met.join("; ")})`;
  return [
    await ctx.table(feeds),
    await ctx.table(rows),
    gapLine(report),
    `run ${report.run_id} on ${report.environment}, ended ${END_TEXT[report.ended_by]}\n`,
    `${report.seconds} s, ${report.messages_per_second} messages/s\n`,
    ...report.raw_files.map(({ path, bytes }) => `raw frames: ${path} (${bytesText(bytes)})\n`),
    sizeText(report),
    upkeepText(report.upkeep),
    `${verdict}\n`,
  ].join("");
}

function gapLine({ gaps }: CollectReport): string {
  const reasons = Object.entries(gaps).toSorted(([, a], [, b]) => b - a);
  if (reasons.length === 0) return "";
  return `gaps: ${reasons.map(([reason, count]) => `${reason} ${count}`).join(", ")}\n`;
}

function upkeepText(upkeep: UpkeepReport | null): string {
  if (upkeep === null) return "";
  const removed = Object.entries(upkeep.removed).map(([table, rows]) => `${rows} ${table}`);
  const thinned = removed.length === 0 ? "" : `removed ${removed.join(", ")}; `;
  const { bytes_freed, packed_deltas } = upkeep;
  return `${thinned}packed ${packed_deltas} deltas of closed markets; ${bytesText(bytes_freed)} free for reuse\n`;
}
