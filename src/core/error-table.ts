import type { ErrorEntry, ErrorTable } from "./error-entry.ts";
import { EXIT_CODE } from "./errors.ts";
import { ERRORS_OF_STORAGE } from "./errors-of-storage.ts";
import { ERRORS_OF_THE_EXCHANGE, WORDS_OF_THE_EXCHANGE } from "./errors-of-the-exchange.ts";
import { ERRORS_OF_USE } from "./errors-of-use.ts";

/** Every error that kbt names itself, by its code: the message takes its advice from here, and so do help and docs. */
export const ERRORS: ErrorTable = {
  ...ERRORS_OF_USE,
  ...ERRORS_OF_THE_EXCHANGE,
  ...ERRORS_OF_STORAGE,
};

const BY_CODE: ReadonlyMap<string, ErrorEntry> = new Map(
  Object.entries({ ...WORDS_OF_THE_EXCHANGE, ...ERRORS }),
);

/** What to do about an error whose message does not say it. */
export function remedyFor(code: string): string | undefined {
  return BY_CODE.get(code)?.remedies[0];
}

/** What each exit code says, contract §2; codes of the commands themselves are 0 and 130. */
export const EXIT_MEANING: Readonly<Record<number, string>> = {
  1: "a bug",
  2: "usage or configuration",
  3: "refused by policy: a gate, a latch, a limit, another environment's file",
  4: "credentials or signing",
  5: "network; nothing was written",
  6: "the exchange refused, or its payload no longer matches",
  7: "the data are not good enough",
  8: "an order or the account is in doubt",
  9: "the database",
  10: "a check failed",
};

/** The entries of one exit code: that of their usual, first kind. */
export function errorsOfExit(exit: number): readonly (readonly [code: string, ErrorEntry])[] {
  return Object.entries(ERRORS).filter(
    ([, { kinds }]) => kinds[0] !== undefined && EXIT_CODE[kinds[0]] === exit,
  );
}
