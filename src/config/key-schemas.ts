// zod/mini, not zod: see strategies/threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";

// What most keys of the configuration are made of: a type with its rule, a default and one line for people.

/** A number within bounds, both included. */
export const number = (doc: string, fallback: number, min: number, max: number) =>
  withDefault(z.number().check(z.minimum(min), z.maximum(max)), fallback).check(z.describe(doc));

/** A number above a bound. */
export const above = (doc: string, fallback: number, min: number, max: number) =>
  withDefault(z.number().check(z.gt(min), z.maximum(max)), fallback).check(z.describe(doc));

/** A whole number within bounds, both included. */
export const integer = (doc: string, fallback: number, min: number, max: number) =>
  withDefault(z.int().check(z.minimum(min), z.maximum(max)), fallback).check(z.describe(doc));

/** True or false. */
export const flag = (doc: string, fallback: boolean) =>
  withDefault(z.boolean(), fallback).check(z.describe(doc));

/** Text that must not be empty. */
export const text = (doc: string, fallback: string) =>
  withDefault(z.string().check(z.minLength(1), z.maxLength(1024)), fallback).check(z.describe(doc));

/** Text that may be left unset. */
export const optionalText = (doc: string) =>
  withDefault(z.nullable(z.string().check(z.minLength(1), z.maxLength(1024))), null).check(
    z.describe(doc),
  );

/** A ticker of Kalshi's. */
export const ticker = z.string().check(z.regex(/^[A-Z0-9][A-Z0-9._-]{0,63}$/));

/** A list of tickers. */
export const tickers = (doc: string, fallback: string[]) =>
  withDefault(z.array(ticker).check(z.maxLength(200)), fallback).check(z.describe(doc));

/** One address: https, or http to this machine, where tests serve. It may have a query, because feeds often do. */
export const webAddress = z
  .string()
  .check(
    z.maxLength(1024),
    z.regex(
      /^(?:https:\/\/[^\s@/?#]+|http:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?)(?:[/?][^\s#]*)?$/,
    ),
  );

/** One of a few words. */
export const choice = <const Words extends readonly [string, ...string[]]>(
  doc: string,
  words: Words,
  fallback: Words[number],
) => withDefault(z.enum(words), fallback).check(z.describe(doc));
