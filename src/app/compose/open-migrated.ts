import { openReader, openWriter, type Reader } from "../../adapters/sqlite/open.ts";
import { KbtError } from "../../core/errors.ts";
import type { Environment } from "./environment.ts";

/** Opens a file that is about to be written: one of an earlier version is brought up to date, and none is made. */
export function openMigrated(path: string, env: Environment["stamp"]): Reader {
  try {
    return openReader(path);
  } catch (error) {
    if (!(error instanceof KbtError) || error.code !== "DB_OLDER_SCHEMA") throw error;
    openWriter(path, { env }).close();
    return openReader(path);
  }
}
