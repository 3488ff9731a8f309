import { readFileSync, readlinkSync } from "node:fs";

/** A process in a way that outlives it: pids are used again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Where the pid counts; null where there is only one such place. */
  readonly namespace: string | null;
  /** Boot and clock tick of its start; null where the system does not say. */
  readonly start: string | null;
}

const PROC = "/proc";
const ZOMBIE_OR_DEAD = new Set(["Z", "X"]);

export function ownProcess(): ProcessIdentity {
  const { pid } = process;
  return { pid, namespace: namespaceOfPids(), start: startOf(pid) };
}

/** Whether that process still exists, suspended or not; null when this process cannot tell for certain. */
export function isRunning(other: ProcessIdentity): boolean | null {
  const boot = bootId();
  if (other.start === null || boot === null) return null;
  if (!other.start.startsWith(`${boot}:`)) return false;
  if (other.namespace === null || other.namespace !== namespaceOfPids()) return null;
  return startOf(other.pid) === other.start;
}

/** Some process of this pid exists here. Not the one that is asked about when the pid is our own. */
export function isPidTaken(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It exists and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function namespaceOfPids(): string | null {
  try {
    return readlinkSync(`${PROC}/self/ns/pid`);
  } catch {
    // No Linux, or no /proc.
    return null;
  }
}

function bootId(): string | null {
  return read(`${PROC}/sys/kernel/random/boot_id`)?.trim() ?? null;
}

function startOf(pid: number): string | null {
  const boot = bootId();
  const stat = read(`${PROC}/${pid}/stat`);
  if (boot === null || stat === null) return null;
  // The second field is the program's name in brackets and may itself hold brackets and spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = ""] = fields;
  // Nobody has asked for its exit code yet, but it writes no more.
  if (ZOMBIE_OR_DEAD.has(state)) return null;
  return `${boot}:${fields[19] ?? ""}`;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
