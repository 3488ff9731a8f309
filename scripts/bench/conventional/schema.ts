import { z } from "zod";

// Everything that a schema can do, done for each message: what the documentation of such a library suggests.

const decimal = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .transform((text) => Number(text));

const level = z.tuple([decimal, decimal]);

const stamps = {
  market_ticker: z.string().min(1),
  ts: z.string().datetime({ offset: true }).optional(),
  ts_ms: z.coerce.number().int().nonnegative().optional(),
};

export const message = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("orderbook_delta"),
    sid: z.number().int(),
    seq: z.number().int(),
    msg: z.object({
      ...stamps,
      market_id: z.string().uuid().optional(),
      side: z.enum(["yes", "no"]),
      price_dollars: decimal,
      delta_fp: decimal,
    }),
  }),
  z.object({
    type: z.literal("orderbook_snapshot"),
    sid: z.number().int(),
    seq: z.number().int(),
    msg: z.object({
      ...stamps,
      yes_dollars_fp: z.array(level).optional(),
      no_dollars_fp: z.array(level).optional(),
    }),
  }),
  z.object({
    type: z.literal("ticker"),
    sid: z.number().int(),
    msg: z.object({
      ...stamps,
      ts: z.number().int().optional(),
      yes_bid_dollars: decimal,
      yes_ask_dollars: decimal,
    }),
  }),
  z.object({
    type: z.literal("subscribed"),
    id: z.number().int(),
    msg: z.object({ channel: z.string(), sid: z.number().int() }),
  }),
]);

export type Message = z.infer<typeof message>;
