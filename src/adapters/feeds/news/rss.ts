// RSS 2.0 and Atom (spot-feeds.md §5.6).
//
// | in the document               | what we do with it                                                        |
// |-------------------------------|---------------------------------------------------------------------------|
// | rss/channel/item, feed/entry, rdf/item | `news` event, once: by guid or id, else link, else title and date |
// | title, text or CDATA, with HTML | as text: references decoded, tags removed                               |
// | pubDate, updated, published, dc:date | the published time; null when it cannot be read                    |
// | ttl                           | the next look follows no sooner, at most an hour                          |
// | description, content, media   | left alone                                                                |
import type { Ms } from "../../../core/units.ts";
import { isRecord, type JsonObject, textAt } from "../../kalshi/json.ts";
import { hostOf } from "../../platform/network-error.ts";
import { parseRfc822 } from "../../platform/rfc822.ts";
import { parseRfc3339 } from "../../platform/rfc3339.ts";
import { decodeEntities, parseXml } from "../../platform/xml.ts";
import type { SlowContext, SlowSpec } from "../slow/feed.ts";
import { objectAt, objectsAt } from "../slow/json-body.ts";
import type { Look, Observation, PollSource } from "../slow/poll.ts";
import { newsObservation } from "./items.ts";

export const rssSpec: SlowSpec = {
  name: "rss",
  feed: "news",
  missing: ({ rssUrls }) => (rssUrls.length === 0 ? "news.rss_urls is empty" : null),
  create: (context) => context.settings.rssUrls.map((url) => rssSource(url, context)),
};

const ITEMS_MAX = 500;
/** Longer than any title or address that is kept. */
const TEXT_MAX = 8000;
const TTL_MS_MAX = 3_600_000;

function rssSource(url: string, { createAsk, settings }: SlowContext): PollSource {
  const ask = createAsk();
  const name = `rss:${hostOf(url)}`;
  const accept = "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5";
  return {
    name,
    intervalMs: settings.rssPollMs,
    restates: false,
    shapes: {},
    async look(signal) {
      const answer = await ask({ url, headers: { accept } }, signal);
      if (answer.kind !== "body") return answer;
      const look = readFeed(answer.text, { source: name, url, recvMs: answer.recvMs });
      if (look.kind === "items") answer.keep();
      return look;
    },
  };
}

interface Where {
  readonly source: string;
  readonly url: string;
  readonly recvMs: Ms;
}

/** A feed document, oldest item first; `unreadable` when it is neither RSS nor Atom. */
export function readFeed(text: string, where: Where): Look {
  const root = parseXml(text);
  const list = isRecord(root) ? itemsOf(root) : undefined;
  if (list === undefined) return { kind: "unreadable", type: "feed", text };
  const items = list.items.slice(0, ITEMS_MAX);
  return {
    kind: "items",
    type: "feed",
    text,
    observations: items.map((item) => observationOf(item, where)).toReversed(),
    waitMs: ttlMs(list.channel),
    isCut: list.items.length > ITEMS_MAX,
  };
}

interface ItemList {
  readonly channel: JsonObject;
  readonly items: readonly JsonObject[];
}

function itemsOf(root: JsonObject): ItemList | undefined {
  const rss = objectAt(root, "rss");
  if (rss !== undefined) {
    // An empty element is a text.
    const channel = rss["channel"] === "" ? {} : objectAt(rss, "channel");
    return channel === undefined ? undefined : { channel, items: objectsAt(channel, "item") ?? [] };
  }
  // RSS 1.0 has its items beside the channel.
  const rdf = objectAt(root, "rdf:RDF");
  if (rdf !== undefined) return { channel: {}, items: objectsAt(rdf, "item") ?? [] };
  const feed = objectAt(root, "feed");
  return feed === undefined ? undefined : { channel: {}, items: objectsAt(feed, "entry") ?? [] };
}

function observationOf(item: JsonObject, { recvMs, source, url: base }: Where): Observation {
  const guid = item["guid"];
  const id = textOf(guid) ?? textOf(item["id"]);
  const isPermaLink = !(isRecord(guid) && textAt(guid, "@isPermaLink") === "false");
  const link = linkOf(item["link"]) ?? (isPermaLink ? id : undefined);
  const written = textOf(item["title"]);
  return newsObservation({
    source,
    id: id ?? null,
    title: written === undefined ? undefined : plainText(written),
    url: link === undefined ? undefined : absolute(link, base),
    publishedMs: publishedMs(item),
    recvMs,
  });
}

const DATES = ["pubDate", "published", "updated", "dc:date"];

function publishedMs(item: JsonObject): Ms | undefined {
  for (const name of DATES) {
    const text = textOf(item[name]);
    const ms = text === undefined ? undefined : (parseRfc822(text) ?? parseRfc3339(text));
    if (ms !== undefined) return ms;
  }
  return undefined;
}

/** The address of the page: text in RSS; in Atom the `href` that is no `self`, `enclosure` or the like. */
function linkOf(value: unknown): string | undefined {
  const links: readonly unknown[] = Array.isArray(value) ? value : [];
  for (const link of links) {
    const text = textOf(link);
    if (text !== undefined) return text;
    if (!isRecord(link)) continue;
    const href = textAt(link, "@href");
    if (href !== undefined && (textAt(link, "@rel") ?? "alternate") === "alternate") {
      return decodeEntities(href.trim());
    }
  }
  return undefined;
}

/** The text of an element, with or without attributes, its references decoded. */
function textOf(value: unknown): string | undefined {
  const text = isRecord(value) ? textAt(value, "#text") : value;
  if (typeof text !== "string" || text.trim() === "") return undefined;
  return decodeEntities(text.trim().slice(0, TEXT_MAX));
}

const TAG = /<\/?[A-Za-z][^<>]{0,500}>/g;

/**
 * A title is HTML more often than not: escaped, or in CDATA where the XML references are left. What is still a reference
 * after the first reading is one of HTML.
 */
function plainText(title: string): string {
  return decodeEntities(title.replaceAll(TAG, ""));
}

function absolute(link: string, base: string): string {
  return URL.canParse(link) || !URL.canParse(link, base) ? link : new URL(link, base).href;
}

function ttlMs(channel: JsonObject): Ms {
  const minutes = Number(/^\d{1,5}$/.exec(textOf(channel["ttl"]) ?? "")?.[0] ?? 0);
  return Math.min(TTL_MS_MAX, minutes * 60_000);
}
