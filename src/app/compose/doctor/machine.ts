import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { versions } from "node:process";
import { loadedSqlite, openReader } from "../../../adapters/sqlite/open.ts";
import type { Config } from "../../../config/schema.ts";
import { KbtError } from "../../../core/errors.ts";
import { isKilled, killFileOf } from "../kill-file.ts";
import { type Finding, linesOf } from "./finding.ts";

// What can be seen on this machine, without asking anybody.

const DISK_WARN_BYTES = 500 * 1024 * 1024;
/** What a typical set of markets writes in a day (contract §4). */
const DAY_BYTES = 0.5e9;
const GROUP_AND_OTHERS = 0o077;

export function nodeLine(): Finding {
  const node = linesOf({
    check: "node",
    why: "kbt is tested with this version of Node; older ones lack what it uses",
    todo: "install Node 20.19 or newer",
  });
  return node.ok(versions.node);
}

export function sqliteLine(): Finding {
  const sqlite = linesOf({
    check: "sqlite",
    why: "older ones can lose rows that were committed",
    todo: "run `npm ci` to get the bundled SQLite back",
  });
  try {
    return sqlite.ok(loadedSqlite());
  } catch (error) {
    return sqlite.fail(error);
  }
}

export function configLine(tomlPath: string | null): Finding {
  const config = linesOf({
    check: "config",
    why: "what is not set here has its default",
    todo: "run: kbt config check",
  });
  return config.ok(tomlPath ?? "defaults and environment; no file");
}

export function limitLines({ risk }: Config): Finding[] {
  const limits = linesOf({
    check: "limits",
    why: "they bound what one market and one day can cost",
    todo: "set risk.* (docs/configuration.md)",
  });
  const armed = linesOf({
    check: "trading_enabled",
    why: "no order leaves without it",
    todo: "unset TRADING_ENABLED where nothing is to be traded",
  });
  const usd = (share: number): string => `$${(share * risk.bankroll_usd).toFixed(2)}`;
  const bankroll =
    risk.bankroll_from === "exchange" ? "as the exchange says" : `$${risk.bankroll_usd}`;
  return [
    limits.ok(
      `bankroll ${bankroll}, at most ${usd(risk.max_position_pct)} in a market, ${risk.max_open_positions} open, ${usd(risk.max_daily_loss_pct)} lost a day`,
    ),
    armed.ok(
      risk.trading_enabled ? "1: live is armed by the environment" : "not 1: live cannot trade",
    ),
  ];
}

export function databaseLine({ storage }: Config): Finding {
  const path = storage.db_path;
  const database = linesOf({
    check: "database",
    why: "everything that is decided and traded is a row in it",
    todo: "name another file with --db",
  });
  try {
    const reader = openReader(path);
    reader.close();
    return database.ok(`${path}, environment ${reader.env}`);
  } catch (error) {
    return error instanceof KbtError && error.code === "DB_MISSING"
      ? database.ok(`${path} does not exist yet; collect and paper create it`)
      : database.fail(error);
  }
}

export function killLine({ storage }: Config): Finding {
  const kill = linesOf({
    check: "kill switch",
    why: "while it is set nothing is traded on this database",
    todo: "look at what happened, then: kbt live reset kill --reason TEXT",
  });
  return isKilled(storage.db_path)
    ? kill.warn(`${killFileOf(storage.db_path)} is there: somebody stopped trading`)
    : kill.ok("not set");
}

/** Folders must take new files, and files be nobody else's business. */
export async function fileLines({ kalshi, storage }: Config, cwd: string): Promise<Finding[]> {
  const files = [
    { name: "database", path: storage.db_path },
    { name: "log", path: storage.log_path },
  ];
  const folders = await Promise.all(files.map(({ name, path }) => folderLine(name, path)));
  const paths = [storage.db_path, storage.log_path, join(cwd, ".env"), kalshi.private_key_path];
  return [...folders, await modesLine(paths.filter((path) => path !== null))];
}

async function folderLine(name: string, file: string): Promise<Finding> {
  const folder = linesOf({
    check: `${name} folder`,
    why: "a run that cannot write there does not start",
    todo: "make it writable for this user, or name another place (--db, LOG_PATH)",
  });
  const path = await existing(dirname(resolve(file)));
  try {
    await access(path, constants.W_OK);
    return folder.ok(`${path} is writable`);
  } catch {
    return folder.fail(`${path} is not writable`);
  }
}

async function modesLine(paths: readonly string[]): Promise<Finding> {
  const modes = linesOf({
    check: "file modes",
    why: "keys, tokens and what is traded are nobody else's business",
    todo: "chmod 600 each of them",
  });
  const found = await Promise.all(paths.map(openFor));
  const open = found.filter((text) => text !== null);
  return open.length === 0
    ? modes.ok("nobody else can read database, log, .env or key")
    : modes.warn(`other users can read ${open.join(", ")}`);
}

/** The file and its mode when others may read it; null when not, or when there is none. */
async function openFor(path: string): Promise<string | null> {
  try {
    const { mode } = await stat(path);
    const bits = mode & 0o777;
    return (bits & GROUP_AND_OTHERS) === 0 ? null : `${path} (${bits.toString(8)})`;
  } catch {
    return null;
  }
}

export async function diskLine({ storage }: Config): Promise<Finding> {
  const disk = linesOf({
    check: "disk",
    why: "a full disk ends every run: without a ledger nothing is traded",
    todo: "free space, move the database (--db), or thin it (storage.retain_hours)",
  });
  const path = await existing(dirname(resolve(storage.db_path)));
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  const detail = `${(free / 1e9).toFixed(1)} GB free at ${path}, about ${Math.floor(free / DAY_BYTES)} days at 0.5 GB a day`;
  return free < DISK_WARN_BYTES ? disk.warn(detail) : disk.ok(detail);
}

/** The nearest folder on the way up that exists: what would be created lies inside it. */
async function existing(path: string): Promise<string> {
  try {
    await access(path);
    return path;
  } catch {
    const parent = dirname(path);
    return parent === path ? path : existing(parent);
  }
}
