import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { makeFolder } from "./files.ts";

/** A log grows to at most two files of this size: the newest lines and `….1`. */
const BYTES_MAX = 64 * 1024 * 1024;
const CHECK_EVERY_BYTES = 1024 * 1024;

export interface LogFile {
  write(line: string): void;
  close(): void;
}

/**
 * Appends to a file of mode 0600 in a folder of mode 0700. When it cannot be opened or written, the program goes on:
 * `onFailure` hears the reason once and later lines are dropped. Synchronous, so that the last line before a crash is there.
 */
export function openLogFile(path: string, onFailure: (reason: string) => void): LogFile {
  let fd: number | null = null;
  let unchecked = 0;
  const fail = (error: unknown): void => {
    close();
    onFailure(error instanceof Error ? error.message : "unknown reason");
  };
  const close = (): void => {
    if (fd === null) return;
    const open = fd;
    fd = null;
    closeSync(open);
  };
  try {
    makeFolder(dirname(resolve(path)));
    fd = openAppend(path);
  } catch (error) {
    fail(error);
  }
  return {
    write: (line) => {
      if (fd === null) return;
      try {
        unchecked += writeSync(fd, line);
        if (unchecked < CHECK_EVERY_BYTES) return;
        unchecked = 0;
        fd = rotated(path, fd);
      } catch (error) {
        fail(error);
      }
    },
    close,
  };
}

function openAppend(path: string): number {
  // No symbolic link: somebody else's link would make us write into any file of ours.
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(path, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0o600);
  if (fstatSync(fd).isFile()) {
    fchmodSync(fd, 0o600);
    return rotated(path, fd);
  }
  closeSync(fd);
  throw new Error(`${path} is not a regular file`);
}

/** Starts a new file when this one is full. Another process may have done so already; then only the new one is opened. */
function rotated(path: string, fd: number): number {
  const own = fstatSync(fd);
  if (own.size < BYTES_MAX) return fd;
  const current = statSync(path, { throwIfNoEntry: false });
  if (current?.ino === own.ino) renameSync(path, `${path}.1`);
  closeSync(fd);
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants;
  return openSync(path, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600);
}
