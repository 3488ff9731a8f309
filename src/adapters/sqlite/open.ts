import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "better-sqlite3";
import { KbtError } from "../../core/errors.ts";
import { makeFolder } from "../platform/files.ts";
import { retryBusy } from "./busy.ts";
import { storeError } from "./errors.ts";
import { latestVersion, migrate, migrationsFolder, newerSchema } from "./migrate.ts";
import { showSegments } from "./segments/views.ts";

export type Db = Database.Database;

/** Which exchange the rows of a file come from; one file holds one of them, for ever. */
export type DbEnv = "sim" | "demo" | "prod";

export interface WriterOptions {
  readonly env: DbEnv;
  /** Fingerprint of the account; the first one given is stamped, another one is refused. */
  readonly account?: string | undefined;
  /** Upper bound of the file in pages of 4 kB; reached, writes fail as on a full disk. */
  readonly maxPages?: number | undefined;
  /** For tests of the migrations themselves. */
  readonly migrations?: string | undefined;
}

export interface Writer {
  readonly path: string;
  readonly env: DbEnv;
  /** synchronous=NORMAL: market rows and evaluations, in batches. */
  readonly bulk: Db;
  /** synchronous=FULL: orders, fills, ledger; a commit is on the disk when it returns. */
  readonly durable: Db;
  /** Throws DB_REPLACED when the path no longer names the file that is open. */
  assertSameFile(): void;
  close(): void;
}

export interface Reader {
  readonly path: string;
  readonly env: DbEnv;
  readonly sqliteVersion: string;
  readonly db: Db;
  close(): void;
}

const OPEN_TIMEOUT_MS = 5_000;
/** A busy wait freezes the event loop, so it is short. Batches wait less: they stay in memory and are tried again. */
const BULK_TIMEOUT_MS = 50;
const DURABLE_TIMEOUT_MS = 100;
const READ_TIMEOUT_MS = 1_000;
const CHECKPOINT_PAGES = 1_000;
/**
 * Of pages in memory, SQLite's own default. Rows are appended, so a writer needs the ends of its tables and little else;
 * the driver's default of 16 MB fills up with pages that nobody reads again, 45 bytes for every row of the first minutes.
 */
const CACHE_KB = 2000;
const OPEN_ATTEMPTS = 100;
const APPLICATION_ID = 1_801_614_385;
/** Older ones can lose committed rows when several connections checkpoint (reliability F24). */
const SQLITE_MIN = [3, 51, 3] as const;

/** Opens for writing: creates folder and file, brings the schema up to date, stamps or checks the environment. */
export function openWriter(path: string, options: WriterOptions): Writer {
  const opened: Db[] = [];
  try {
    createFile(path);
    const bulk = connect(path, OPEN_TIMEOUT_MS, opened);
    assertSqliteVersion(bulk);
    assertOurs(bulk, path);
    retryBusy(() => bulk.pragma("journal_mode = WAL"), OPEN_ATTEMPTS);
    bulk.pragma("trusted_schema = 0");
    migrate(bulk, path, options.migrations ?? migrationsFolder());
    stamp(bulk, path, options);
    configure(bulk, "NORMAL", options.maxPages);
    const durable = connect(path, OPEN_TIMEOUT_MS, opened);
    configure(durable, "FULL", options.maxPages);
    return writer(path, options.env, { bulk, durable });
  } catch (error) {
    for (const db of opened) db.close();
    throw storeError(error, path);
  }
}

/** One more connection for bulk rows to a file that `openWriter` has open in this process. */
export function openBulk(path: string, maxPages: number | undefined): Db {
  const opened: Db[] = [];
  try {
    const bulk = connect(path, OPEN_TIMEOUT_MS, opened);
    configure(bulk, "NORMAL", maxPages);
    return bulk;
  } catch (error) {
    for (const db of opened) db.close();
    throw storeError(error, path);
  }
}

interface ReaderOptions {
  /** What the file must be of; left out, any will do. */
  readonly env?: DbEnv;
  /** Packed order-book changes read as rows (default); 5 ms of the start that a list of trades does not need. */
  readonly segments?: boolean;
}

/** Opens for reading only; never creates, migrates or repairs anything. */
export function openReader(
  path: string,
  { env: wanted, segments = true }: ReaderOptions = {},
): Reader {
  if (!existsSync(path)) {
    throw new KbtError({
      kind: "store",
      code: "DB_MISSING",
      message: `no database at ${path}`,
      hint: "run `kbt paper --sim` or `kbt collect` first, or pass --db",
      details: { path },
    });
  }
  let db: Db | undefined;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true, timeout: READ_TIMEOUT_MS });
    const sqliteVersion = assertSqliteVersion(db);
    db.pragma("trusted_schema = 0");
    db.pragma("cell_size_check = 1");
    assertOurs(db, path);
    assertCurrent(db, path);
    const env = asEnv(readMeta(db, "env"), path);
    if (wanted !== undefined && env !== wanted) {
      throw stampMismatch(path, "env", { found: env, value: wanted });
    }
    if (segments) showSegments(db);
    const open = db;
    return { path, env, sqliteVersion, db: open, close: () => open.close() };
  } catch (error) {
    db?.close();
    throw storeError(error, path);
  }
}

/** The version of the SQLite that is loaded; throws when it can lose rows. */
export function loadedSqlite(): string {
  const db = new Database(":memory:");
  try {
    return assertSqliteVersion(db);
  } finally {
    db.close();
  }
}

function createFile(path: string): void {
  makeFolder(dirname(resolve(path)));
  // SQLite would create it with the umask's mode; -wal and -shm copy the mode of this file.
  closeSync(openSync(path, "a", 0o600));
}

function connect(path: string, timeoutMs: number, opened: Db[]): Db {
  // A file that has been moved away must not come back empty.
  const db = new Database(path, { timeout: timeoutMs, fileMustExist: true });
  opened.push(db);
  return db;
}

function assertSqliteVersion(db: Db): string {
  const found = String(db.prepare("SELECT sqlite_version()").pluck().get());
  const parts = found.split(".").map(Number);
  for (const [index, min] of SQLITE_MIN.entries()) {
    const part = parts[index] ?? 0;
    if (part > min) break;
    if (part < min) {
      throw new KbtError({
        kind: "store",
        code: "SQLITE_TOO_OLD",
        message: `SQLite ${found} is older than ${SQLITE_MIN.join(".")} and can lose committed rows`,
        hint: "run `npm ci` to get the bundled SQLite back",
      });
    }
  }
  return found;
}

// Migrating somebody else's database would be worse than not starting.
function assertOurs(db: Db, path: string): void {
  const id = Number(db.pragma("application_id", { simple: true }));
  if (id === APPLICATION_ID) return;
  const tables = Number(db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get());
  if (tables === 0 && id === 0) return;
  throw new KbtError({
    kind: "store",
    code: "DB_FOREIGN",
    message: `${path} is a SQLite database, but not one of kbt's`,
    hint: "name another file with --db",
    details: { path, applicationId: id },
  });
}

function assertCurrent(db: Db, path: string): void {
  const found = Number(db.pragma("user_version", { simple: true }));
  const known = latestVersion(migrationsFolder());
  if (found > known) throw newerSchema(path, found, known);
  if (found < known) {
    throw new KbtError({
      kind: "usage",
      code: "DB_OLDER_SCHEMA",
      message: `database ${path} has schema ${found}, this kbt reads ${known}`,
      hint: "run a writing command once (`kbt collect --seconds 1`, `kbt ledger settle`); it updates the file",
      details: { path, found, known },
    });
  }
}

function readMeta(db: Db, key: string): string | undefined {
  return db.prepare<[string], { value: string }>("SELECT value FROM meta WHERE key = ?").get(key)
    ?.value;
}

function asEnv(value: string | undefined, path: string): DbEnv {
  if (value === "sim" || value === "demo" || value === "prod") return value;
  throw new KbtError({
    kind: "store",
    code: "DB_CORRUPT",
    message: `database ${path} has no environment stamp`,
    hint: "name another file with --db",
    details: { path },
  });
}

function stamp(db: Db, path: string, options: WriterOptions): void {
  const wanted: readonly [key: string, value: string | undefined][] = [
    ["env", options.env],
    ["account", options.account],
  ];
  const pairs = wanted.filter(([, value]) => value !== undefined);
  if (pairs.every(([key, value]) => readMeta(db, key) === value)) return;
  const insert = db.prepare("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING");
  const stampAll = db.transaction(() => {
    for (const [key, value] of pairs) {
      insert.run(key, value);
      const found = readMeta(db, key);
      if (found !== value) throw stampMismatch(path, key, { found, value });
    }
  });
  retryBusy(() => stampAll.immediate(), OPEN_ATTEMPTS);
}

function stampMismatch(
  path: string,
  key: string,
  { found, value }: { found: string | undefined; value: string | undefined },
): KbtError {
  return new KbtError({
    kind: "risk",
    code: key === "env" ? "DB_ENV_MISMATCH" : "DB_ACCOUNT_MISMATCH",
    message: `database ${path} belongs to ${key} "${found}", this run is ${key} "${value}"`,
    hint:
      key === "env"
        ? "rows of two environments never share a file: pass --db with another path"
        : 'rows of two accounts never share a file: pass --db with another path; for a new key of the same one: kbt live reset account --reason "new key"',
    details: { path, found, wanted: value },
  });
}

// Set, then read back: several of these are silently ignored when they cannot be applied.
function configure(db: Db, synchronous: "NORMAL" | "FULL", maxPages: number | undefined): void {
  const settings: readonly [name: string, value: number][] = [
    ["synchronous", synchronous === "FULL" ? 2 : 1],
    ["foreign_keys", 1],
    ["trusted_schema", 0],
    ["cell_size_check", 1],
    ["recursive_triggers", 1],
    ["journal_size_limit", 67_108_864],
    ["cache_size", -CACHE_KB],
    ["busy_timeout", synchronous === "FULL" ? DURABLE_TIMEOUT_MS : BULK_TIMEOUT_MS],
    // Whoever commits an order must not pay for the bulk rows of others; their connection does, after its own commits.
    ["wal_autocheckpoint", synchronous === "FULL" ? 0 : CHECKPOINT_PAGES],
  ];
  if (maxPages !== undefined) db.pragma(`max_page_count = ${Math.trunc(maxPages)}`);
  for (const [name, value] of settings) {
    db.pragma(`${name} = ${value}`);
    const found = Number(db.pragma(name, { simple: true }));
    if (found !== value) throw settingLost(name, value, found);
  }
  const mode = String(db.pragma("journal_mode", { simple: true }));
  if (mode !== "wal") throw settingLost("journal_mode", "wal", mode);
}

function settingLost(name: string, wanted: number | string, found: number | string): KbtError {
  return new KbtError({
    kind: "store",
    code: "DB_SETTINGS",
    message: `SQLite did not accept ${name} = ${wanted}, it is ${found}`,
    hint: "use a local file system; WAL needs shared memory",
  });
}

function writer(path: string, env: DbEnv, { bulk, durable }: { bulk: Db; durable: Db }): Writer {
  const { ino, dev } = statSync(path);
  return {
    path,
    env,
    bulk,
    durable,
    assertSameFile(): void {
      const now = statSync(path, { throwIfNoEntry: false });
      if (now?.ino === ino && now.dev === dev) return;
      throw new KbtError({
        kind: "store",
        code: "DB_REPLACED",
        message: `database ${path} was ${now === undefined ? "deleted" : "replaced"} while it was open`,
        hint: "rows written since then are in the old file; restart on the file you want",
        details: { path },
      });
    },
    close(): void {
      // The bulk connection last: the last one to close folds the WAL back into the file.
      durable.close();
      bulk.close();
    },
  };
}
