import { type FileHandle, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { KbtError } from "../../core/errors.ts";
import type { Ms } from "../../core/units.ts";
import { makeFolder } from "./files.ts";
import { toError } from "./to-error.ts";

/** What was heard and said on one feed's wires, as it was (F29): one JSON object a line, gzipped. */
export interface Journal {
  readonly path: string;
  /** Bytes in the file. */
  readonly bytes: number;
  /** A frame that arrived. Throws when the journal cannot be written any more. */
  frame(text: string, recvMs: Ms): void;
  /** A frame that was sent. */
  sent(text: string, atMs: Ms): void;
  /** A note of the recorder: `connected`, `watch_market`, a request. */
  control(note: Readonly<Record<string, unknown>>, atMs: Ms): void;
  /** Writes what has come together since. */
  flush(): void;
  close(): Promise<void>;
}

/** Lines that are compressed together: 25 bytes a delta at level 1 (performance.md R9). */
const CHUNK_LINES = 1000;
/** Text that may wait for the disk; more means that it will never catch up. */
const WAITING_MAX = 64 * 1024 * 1024;

const compress = promisify(gzip);

/**
 * Opens a journal, appending when the file exists. Each chunk is a gzip member of its own, so a process that is killed
 * leaves a file that can be read to the last chunk.
 */
export async function openJournal(path: string): Promise<Journal> {
  try {
    makeFolder(dirname(resolve(path)));
    return new ChunkJournal(path, await open(path, "a", 0o600));
  } catch (error) {
    throw journalError(path, error);
  }
}

class ChunkJournal implements Journal {
  readonly path: string;
  readonly #file: FileHandle;
  #lines: string[] = [];
  #waiting = 0;
  #bytes = 0;
  #failure: KbtError | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  get bytes(): number {
    return this.#bytes;
  }

  frame(text: string, recvMs: Ms): void {
    const body = isJson(text) ? `"frame":${text.trim()}` : `"raw":${JSON.stringify(text)}`;
    this.#add(body, recvMs);
  }

  sent(text: string, atMs: Ms): void {
    this.control({ event: "sent", text }, atMs);
  }

  control(note: Readonly<Record<string, unknown>>, atMs: Ms): void {
    this.#add(`"control":${JSON.stringify(note)}`, atMs);
  }

  flush(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#lines.length === 0) return;
    const text = this.#lines.join("");
    this.#lines = [];
    this.#writing = this.#writing.then(() => this.#write(text));
  }

  async close(): Promise<void> {
    try {
      this.flush();
      await this.#writing;
      if (this.#failure !== null) throw this.#failure;
    } finally {
      await this.#file.close();
    }
  }

  #add(body: string, atMs: Ms): void {
    if (this.#failure !== null) throw this.#failure;
    const line = `{"recv_ns":"${Math.round(atMs)}000000",${body}}\n`;
    this.#lines.push(line);
    this.#waiting += line.length;
    if (this.#waiting > WAITING_MAX) this.#fail(new Error("the disk is too slow for this feed"));
    if (this.#lines.length >= CHUNK_LINES) this.flush();
  }

  async #write(text: string): Promise<void> {
    if (this.#failure !== null) return;
    try {
      const member = await compress(text, { level: constants.Z_BEST_SPEED });
      await this.#file.appendFile(member);
      this.#bytes += member.length;
      this.#waiting -= text.length;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= journalError(this.path, error);
  }
}

/** A frame that is no JSON, or spreads over lines, must not break the lines of the journal. */
function isJson(text: string): boolean {
  if (text.trimEnd().includes("\n")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function journalError(path: string, cause: unknown): KbtError {
  return new KbtError({
    kind: "store",
    code: "RAW_FAILED",
    message: `the raw journal ${path} cannot be written: ${toError(cause).message}`,
    hint: "free space, or record without --raw",
    cause: toError(cause),
  });
}
