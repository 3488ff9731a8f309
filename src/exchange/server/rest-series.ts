import { formatDecimal } from "../../core/units.ts";
import type { WorldSeries } from "../world.ts";
import type { Announced, EventFeeChange, SeriesFeeChange } from "./announced-fees.ts";
import { booleanParam, failed, integerParam, isReply, listParam, ok, pageOf } from "./query.ts";
import type { Records } from "./records.ts";
import type { Call, Reply, Route } from "./route.ts";
import { seriesJson, seriesTags, seriesUpdatedMs } from "./series-json.ts";
import { utcText } from "./time-text.ts";

export function seriesRoutes(records: Records): readonly Route[] {
  const get = { method: "GET", access: "public" } as const;
  return [
    { ...get, path: "/series", handle: (call) => listSeries(call, records) },
    { ...get, path: "/series/fee_changes", handle: (call) => listFeeChanges(call, records) },
    { ...get, path: "/series/:series", handle: (call) => getSeries(call, records) },
    { ...get, path: "/events/fee_changes", handle: (call) => listOverrides(call, records) },
  ];
}

/** Every series here has this one category. */
const CATEGORY = "Crypto";

function listSeries(call: Call, records: Records): Reply {
  const { query } = call;
  const operation = "GetSeriesList";
  const hasVolume = booleanParam(query, "include_volume", operation);
  const hasMetadata = booleanParam(query, "include_product_metadata", operation);
  const updatedS = integerParam(query, "min_updated_ts", operation);
  if (isReply(hasVolume)) return hasVolume;
  if (isReply(hasMetadata)) return hasMetadata;
  if (isReply(updatedS)) return updatedS;
  const category = query.get("category") ?? "";
  const tags = listParam(query, "tags");
  const found = call.world
    .series()
    .filter(() => category === "" || category === CATEGORY)
    .filter((each) => tags.length === 0 || tags.some((tag) => seriesTags(each).includes(tag)))
    .filter(
      (each) => updatedS === undefined || seriesUpdatedMs(call, each, records) > updatedS * 1000,
    );
  return ok({
    series: found.map((each) => ({
      ...seriesJson(call, each, records),
      ...(hasMetadata ? { product_metadata: null } : {}),
      ...(hasVolume ? { volume_fp: volumeText(call, each) } : {}),
    })),
  });
}

function getSeries(call: Call, records: Records): Reply {
  const hasVolume = booleanParam(call.query, "include_volume", "GetSeries");
  if (isReply(hasVolume)) return hasVolume;
  const series = call.world.series().find((each) => each.ticker === call.params["series"]);
  if (series === undefined) return failed(404, "not_found");
  const volume = hasVolume ? { volume_fp: volumeText(call, series) } : {};
  return ok({ series: { ...seriesJson(call, series, records), ...volume } });
}

function volumeText(call: Call, series: WorldSeries): string {
  const volumes = call.world
    .markets()
    .filter((market) => market.seriesTicker === series.ticker)
    .map((market) => market.volumeCq);
  return formatDecimal(
    volumes.reduce((sum, cq) => sum + cq, 0),
    2,
  );
}

/** Changes still to come; those of the past too when asked for. */
function listFeeChanges(call: Call, records: Records): Reply {
  const { query, nowMs } = call;
  const withPast = booleanParam(query, "show_historical", "GetSeriesFeeChanges");
  if (isReply(withPast)) return withPast;
  const series = query.get("series_ticker") ?? "";
  const changes = records.fees
    .seriesChanges()
    .filter((change) => series === "" || change.seriesTicker === series)
    .filter((change) => withPast || change.scheduledMs > nowMs);
  return ok({ series_fee_change_arr: changes.map(feeChangeJson) });
}

function feeChangeJson(change: Announced<SeriesFeeChange>): Record<string, unknown> {
  return {
    id: change.id,
    series_ticker: change.seriesTicker,
    fee_type: change.feeType,
    fee_multiplier: change.feeMultiplier,
    scheduled_ts: utcText(change.scheduledMs),
  };
}

function listOverrides(call: Call, records: Records): Reply {
  const { query } = call;
  const event = query.get("event_ticker") ?? "";
  const changes = records.fees
    .eventChanges()
    .filter((change) => event === "" || change.eventTicker === event);
  const rule = { operation: "GetEventFeeChanges", defaultLimit: 100, maxLimit: 1000 };
  const page = pageOf(changes, (change) => change.id, query, rule);
  if (isReply(page)) return page;
  return ok({ event_fee_changes: page.items.map(overrideJson), cursor: page.cursor });
}

function overrideJson(change: Announced<EventFeeChange>): Record<string, unknown> {
  return {
    id: change.id,
    event_ticker: change.eventTicker,
    series_ticker: change.seriesTicker,
    fee_type_override: change.feeType,
    fee_multiplier_override: change.feeMultiplier,
    scheduled_ts: utcText(change.scheduledMs),
  };
}
