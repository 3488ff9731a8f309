import type { Ms } from "../../../core/units.ts";
import type { Observation } from "../slow/poll.ts";

const TITLE_MAX = 1000;
const URL_MAX = 2000;
const ID_MAX = 500;

interface Headline {
  readonly source: string;
  /** The source's own name for it; the address serves where there is none. */
  readonly id: string | null;
  readonly title: string | undefined;
  readonly url: string | undefined;
  readonly publishedMs: Ms | undefined;
  readonly recvMs: Ms;
}

/** A headline as an observation: stored as it came but bounded, or refused with a reason. */
export function newsObservation(headline: Headline): Observation {
  const { recvMs, source } = headline;
  const title = bounded(headline.title?.trim() ?? "", TITLE_MAX);
  if (title === "") return { rejected: "no_title" };
  // NewsAPI keeps the place of an article that its owner took back (spot-feeds.md §5.3).
  if (title === "[Removed]") return { rejected: "withdrawn" };
  const url = webAddress(headline.url);
  const publishedMs = headline.publishedMs ?? null;
  const slot = (headline.id ?? url ?? `${title}\n${publishedMs}`).slice(0, ID_MAX);
  return {
    slot,
    mark: "",
    event: { type: "news", source, publishedMs, title, url, recvMs },
  };
}

/** Only what a browser may open: a feed can put `javascript:` there. */
function webAddress(text: string | undefined): string | null {
  if (text === undefined || text.length > URL_MAX || !URL.canParse(text)) return null;
  const { protocol } = new URL(text);
  return protocol === "https:" || protocol === "http:" ? bounded(text, URL_MAX) : null;
}

/** Half a character would come back from the database as another one, and a replay would differ. */
function bounded(text: string, max: number): string {
  return text.slice(0, max).replaceAll(/\p{Surrogate}/gu, "\uFFFD");
}
