import { constants, existsSync, mkdirSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { KbtError } from "../../core/errors.ts";

const KEY_BYTES_MAX = 16_384;
const TEXT_BYTES_MAX = 65_536;
const GROUP_AND_OTHERS = 0o077;

/**
 * A whole text file of at most 64 KiB, null when there is none. Throws `FILE_UNREADABLE` or `FILE_TOO_LARGE`; the size is
 * enforced while reading, so a device or a growing file cannot fill the memory.
 */
export async function readTextIfExists(
  path: string,
  bytesMax: number = TEXT_BYTES_MAX,
): Promise<string | null> {
  let file: FileHandle;
  try {
    // Three such files are looked for at every start and seldom there: an error for each would take two milliseconds.
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return null;
    // Without O_NONBLOCK a FIFO in the place of the file would block for ever.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return null;
    throw unreadable(path, error);
  }
  try {
    return (await readBounded(file, path, bytesMax)).toString("utf8");
  } catch (error) {
    throw error instanceof KbtError ? error : unreadable(path, error);
  } finally {
    await file.close();
  }
}

/**
 * The text of a private key file: no symbolic link, a regular file of this user that nobody else may read, at most 16 KiB.
 * All checks are made on the opened file, so that it cannot be exchanged between check and read. Throws `config`
 * KbtErrors named KEY_FILE_*; their messages never hold content.
 */
export async function readKeyFile(path: string): Promise<string> {
  const file = await openKey(path);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw notRegular(path, "not a regular file");
    if ((stat.mode & GROUP_AND_OTHERS) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, "0");
      throw keyError(
        "KEY_FILE_MODE",
        `${path} has mode ${mode}, so other users can read or change the key`,
        `chmod 600 ${path}`,
      );
    }
    const user = process.geteuid?.();
    if (user !== undefined && stat.uid !== user) {
      throw keyError(
        "KEY_FILE_OWNER",
        `${path} belongs to user ${stat.uid}, not to ${user}`,
        "use a key file of your own",
      );
    }
    if (stat.size > KEY_BYTES_MAX) throw keyTooLarge(path);
    const bytes = await readBounded(file, path, KEY_BYTES_MAX);
    const text = bytes.toString("utf8");
    bytes.fill(0);
    if (text.trim() === "")
      throw keyError("KEY_FILE_EMPTY", `${path} is empty`, "download the key again");
    return text;
  } finally {
    await file.close();
  }
}

async function openKey(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") {
      throw keyError(
        "KEY_FILE_MISSING",
        `there is no key file ${path}`,
        "check the path (KALSHI_PRIVATE_KEY_PATH, or --key of kbt sim)",
      );
    }
    if (code === "ELOOP") throw notRegular(path, "a symbolic link");
    throw new KbtError({
      kind: "config",
      code: "KEY_FILE_UNREADABLE",
      message: `the key file ${path} cannot be read`,
      hint: "check its path and owner",
      cause: error,
    });
  }
}

function notRegular(path: string, what: string): KbtError {
  return keyError(
    "KEY_FILE_NOT_REGULAR",
    `${path} is ${what}`,
    "give the path of the key file itself",
  );
}

/**
 * Makes a folder and what is missing above it, for this user alone. Not `mkdir` with `recursive`: where a parent exists
 * but refuses with ENOENT, as under /proc, Node 20 tries for ever.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(path)) throw error;
  }
}

/** Reads until the end or one byte beyond the bound. */
async function readBounded(file: FileHandle, path: string, bytesMax: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytesMax + 1);
  let length = 0;
  while (length <= bytesMax) {
    // The reads of one file follow each other.
    // oxlint-disable-next-line no-await-in-loop
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
  if (bytesMax === KEY_BYTES_MAX) throw keyTooLarge(path);
  throw new KbtError({
    kind: "config",
    code: "FILE_TOO_LARGE",
    message: `${path} is larger than ${bytesMax / 1024} KiB`,
    hint: "check that it is the file you meant",
  });
}

function keyTooLarge(path: string): KbtError {
  return keyError(
    "KEY_FILE_TOO_LARGE",
    `${path} is larger than 16 KiB, which no key is`,
    "check the path",
  );
}

function keyError(code: string, message: string, hint: string): KbtError {
  return new KbtError({ kind: "config", code, message, hint });
}

function unreadable(path: string, cause: unknown): KbtError {
  return new KbtError({
    kind: "config",
    code: "FILE_UNREADABLE",
    message: `${path} cannot be read`,
    hint: "check that it is a file and that you may read it",
    cause,
  });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
