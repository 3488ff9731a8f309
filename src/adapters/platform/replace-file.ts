import { lstatSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { KbtError } from "../../core/errors.ts";

/**
 * Puts a text in the place of a file, all of it or nothing: it is written beside it under another name and then renamed.
 * Throws `store` when there is no room, else `usage`: then the path is at fault.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  assertReplaceable(path);
  const beside = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(beside, "w");
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw unwritten(path, error);
  }
}

/** A rename would silently put a file where a folder's link, a device or a pipe was. */
function assertReplaceable(path: string): void {
  let isFile: boolean;
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    isFile = stat === undefined || stat.isFile();
  } catch (error) {
    throw unwritten(path, error);
  }
  if (isFile) return;
  throw new KbtError({
    kind: "usage",
    code: "FILE_UNWRITABLE",
    message: `${path} is no regular file`,
    hint: "name a file that is to be made or replaced",
  });
}

const NO_ROOM: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

const HINTS: Readonly<Record<string, string>> = {
  ENOENT: "make its folder first",
  ENOTDIR: "a part of the path is a file; name a folder",
  EACCES: "you may not write there; name another folder",
  EPERM: "you may not write there; name another folder",
  EROFS: "that disk is read-only; name another folder",
  ENAMETOOLONG: "name a shorter one",
};

/** The error that a user should see when a file could not be written. */
export function unwritten(path: string, cause: unknown): KbtError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (NO_ROOM.has(code)) {
    const message = `${path} cannot be written: the disk or the quota is full`;
    const hint = "free space, or name a file elsewhere";
    return new KbtError({ kind: "store", code: "FILE_FULL", message, hint, cause });
  }
  return new KbtError({
    kind: "usage",
    code: "FILE_UNWRITABLE",
    message: `${path} cannot be written`,
    hint: HINTS[code] ?? "name a file in a folder that you may write to",
    cause,
  });
}
