import { join } from "node:path";
import { sha256Of } from "../../adapters/platform/sha256.ts";
import { beside, type Lock, takeLock } from "../../adapters/sqlite/lock.ts";
import type { Config } from "../../config/schema.ts";
import type { CommandContext } from "../context.ts";
import type { Environment } from "./environment.ts";

/**
 * One live process per database and per account (reliability.md I17): null when another one holds either. An exchange
 * inside this process has an account of its own.
 */
export function takeLiveLocks(ctx: CommandContext, config: Config, env: Environment): Lock | null {
  const database = takeLock(beside(config.storage.db_path, ".live-lock"));
  if (database === null) return null;
  if (env.sim !== null || env.signer === null) return database;
  const account = takeLock(accountLockOf(ctx.homeDir, env.stamp, env.signer.keyId));
  if (account === null) {
    database.release();
    return null;
  }
  return {
    release: () => {
      account.release();
      database.release();
    },
  };
}

/** The key's name is nobody's business who looks into the folder. */
function accountLockOf(homeDir: string, stamp: string, keyId: string): string {
  const hash = sha256Of(`${stamp}/${keyId}/0`).slice(0, 24);
  return join(homeDir, ".local", "state", "kbt", `${hash}.live-lock`);
}
