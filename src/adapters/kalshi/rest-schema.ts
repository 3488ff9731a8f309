import { z } from "zod";
import { FEE_MULTIPLIER_MAX } from "../../core/fees.ts";

// What we read of each REST body and nothing more: unknown fields pass, a field we need that is missing or of another
// type is drift and is reported by its JSON path. Never imported by the socket path (performance.md R2).

const optionalText = z.string().nullish();
const optionalIndex = z.number().int().nullish();
/** Numbers are accepted as numbers or as decimal text. */
const numeric = z.union([z.number(), z.string()]);
const feeMultiplier = z.number().nonnegative().max(FEE_MULTIPLIER_MAX);

const marketSchema = z.object({
  ticker: z.string().min(1),
  event_ticker: z.string().min(1),
  open_time: z.string(),
  close_time: z.string(),
  status: z.string(),
  result: z.enum(["", "yes", "no", "scalar"]),
  expiration_value: optionalText,
  settlement_timer_seconds: z.number().int().nonnegative(),
  strike_type: optionalText,
  floor_strike: numeric.nullish(),
  cap_strike: numeric.nullish(),
  custom_strike: z.looseObject({ round_digits: numeric.optional() }).nullish(),
  price_level_structure: optionalText,
  price_ranges: z.array(z.object({ start: z.string(), end: z.string(), step: z.string() })),
  exchange_index: optionalIndex,
  fee_waiver_expiration_time: optionalText,
});

const eventSchema = z.object({
  event_ticker: z.string().min(1),
  series_ticker: z.string(),
  title: optionalText,
  strike_date: optionalText,
  fee_type_override: optionalText,
  fee_multiplier_override: feeMultiplier.nullish(),
  exchange_index: optionalIndex,
});

const levels = z.array(z.tuple([z.string(), z.string()])).nullish();
const bookLevels = z.object({ yes_dollars: levels, no_dollars: levels });

export type MarketBody = z.infer<typeof marketSchema>;

export const schemas = {
  market: marketSchema,
  /** Markets stay unread here: each is checked alone, beside the text of it that is kept for the record. */
  marketEnvelope: z.object({ market: z.unknown() }),
  marketsPage: z.object({ markets: z.array(z.unknown()), cursor: optionalText }),
  status: z.object({
    exchange_active: z.boolean(),
    trading_active: z.boolean(),
    exchange_estimated_resume_time: optionalText,
    exchange_index_statuses: z
      .array(
        z.object({
          exchange_index: z.number().int(),
          description: optionalText,
          exchange_active: z.boolean(),
          trading_active: z.boolean(),
        }),
      )
      .nullish(),
  }),
  balance: z.object({
    balance_dollars: z.string(),
    balance_breakdown: z
      .array(z.object({ exchange_index: z.number().int(), balance: z.string() }))
      .nullish(),
  }),
  series: z.object({
    series: z.object({
      ticker: z.string(),
      title: optionalText,
      frequency: optionalText,
      fee_type: z.string(),
      fee_multiplier: feeMultiplier,
      exchange_index: optionalIndex,
    }),
  }),
  eventsPage: z.object({ events: z.array(z.unknown()), cursor: optionalText }),
  event: eventSchema,
  eventEnvelope: z.object({ event: eventSchema }),
  seriesFeeChanges: z.object({
    series_fee_change_arr: z.array(
      z.object({
        series_ticker: z.string(),
        fee_type: z.string(),
        fee_multiplier: feeMultiplier,
        scheduled_ts: z.string(),
      }),
    ),
  }),
  eventFeeChanges: z.object({
    event_fee_changes: z.array(
      z.object({
        id: z.string(),
        event_ticker: z.string(),
        fee_type_override: optionalText,
        fee_multiplier_override: feeMultiplier.nullish(),
        scheduled_ts: z.string(),
      }),
    ),
    cursor: optionalText,
  }),
  orderbook: z.object({ orderbook_fp: bookLevels.nullish() }),
  orderbooks: z.object({ orderbooks: z.array(z.unknown()) }),
  namedOrderbook: z.object({ ticker: z.string().min(1), orderbook_fp: bookLevels.nullish() }),
  cutoff: z.object({
    market_settled_ts: z.string(),
    trades_created_ts: z.string(),
    orders_updated_ts: optionalText,
  }),
  candles: z.object({ candlesticks: z.array(z.unknown()) }),
  candlesOfMany: z.object({
    markets: z.array(
      z.object({ market_ticker: z.string().min(1), candlesticks: z.array(z.unknown()) }),
    ),
  }),
  tradesPage: z.object({ trades: z.array(z.unknown()), cursor: optionalText }),
};
