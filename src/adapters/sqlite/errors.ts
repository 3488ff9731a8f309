import { KbtError } from "../../core/errors.ts";

/** SQLite's or Node's own code of an error, "" when it has none. */
function codeOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error) {
    return typeof error.code === "string" ? error.code : "";
  }
  return "";
}

/** Another connection holds the lock: the one error that goes away by itself. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED");
}

/** No room on the disk or in the quota. */
export function isFull(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_FULL");
}

/** The row itself is wrong (constraint, type, unbindable value): no retry can help it. */
export function isRefusedRow(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code.startsWith("SQLITE_CONSTRAINT") ||
    code === "SQLITE_MISMATCH" ||
    code === "SQLITE_TOOBIG" ||
    error instanceof TypeError ||
    error instanceof RangeError
  );
}

interface Meaning {
  readonly prefix: readonly string[];
  readonly code: string;
  readonly what: string;
  readonly hint: string;
}

const MEANINGS: readonly Meaning[] = [
  {
    prefix: ["SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"],
    code: "DB_LOCKED",
    what: "is locked by another process",
    hint: "find who holds it (`kbt status`, `lsof`), then try again",
  },
  {
    prefix: ["SQLITE_FULL", "ENOSPC", "EDQUOT", "EFBIG"],
    code: "DB_FULL",
    what: "cannot grow: the disk or the quota is full",
    hint: "free space, or move the database and pass --db",
  },
  {
    prefix: ["SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT"],
    code: "DB_CORRUPT",
    what: "is not a readable SQLite database",
    hint: "restore a copy, or name another file with --db; `sqlite3 FILE .recover` may save rows",
  },
  {
    prefix: ["SQLITE_READONLY", "SQLITE_PERM", "SQLITE_CANTOPEN", "EROFS", "EACCES", "EPERM"],
    code: "DB_READONLY",
    what: "cannot be opened for this: file, folder or file system is read-only",
    hint: "check the owner and mode of the file and of its folder, or pass --db",
  },
  {
    prefix: ["SQLITE_IOERR", "EIO"],
    code: "DB_IO",
    what: "could not be read or written: the disk reported an error",
    hint: "check the disk and `dmesg`; do not trade on it",
  },
];

/** The KbtError for whatever went wrong with the database at `path`; a KbtError passes through unchanged. */
export function storeError(error: unknown, path: string): KbtError {
  if (error instanceof KbtError) return error;
  const code = codeOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  const meaning = MEANINGS.find((m) => m.prefix.some((prefix) => code.startsWith(prefix)));
  if (meaning !== undefined) {
    return new KbtError({
      kind: "store",
      code: meaning.code,
      message: `database ${path} ${meaning.what} (${code}: ${reason})`,
      hint: meaning.hint,
      details: { path, sqliteCode: code },
      cause: error,
    });
  }
  if (isRefusedRow(error)) {
    return new KbtError({
      kind: "bug",
      code: "ROW_REFUSED",
      message: `database ${path} refused a row: ${reason}`,
      details: { path, sqliteCode: code },
      cause: error,
    });
  }
  return new KbtError({
    kind: code.startsWith("SQLITE_") || code.startsWith("E") ? "store" : "bug",
    code: "DB_FAILED",
    message: `database ${path}: ${reason}`,
    details: { path, sqliteCode: code },
    cause: error,
  });
}
