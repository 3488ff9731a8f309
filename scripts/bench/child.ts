import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { parseObject } from "../../src/exchange/replay/read-capture.ts";

export type Answer = Readonly<Record<string, unknown>>;

/** A process of its own that answers one request at a time, a JSON object a line each way. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  ask(request: object): Promise<Answer>;
  stop(): Promise<void>;
}

/** Longer than the longest run of any suite. */
const ANSWER_MS = 120_000;

/** Starts a program; rejects later, with its first question, when it has ended. */
export function startChild(name: string, command: string, args: readonly string[]): Child {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = linesOf(child);
  const ended = once(child, "exit");
  return {
    name,
    pid: child.pid ?? 0,
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const answer = await within(lines.next(), name);
      if (answer.done === true) throw new Error(`${name} ended instead of answering`);
      const { value } = answer;
      if (typeof value["error"] === "string") throw new Error(`${name}: ${value["error"]}`);
      return value;
    },
    async stop() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Starts a Node program. `gc` can be asked for between rounds in each of them. */
export function startNode(name: string, file: string, args: readonly string[]): Child {
  return startChild(name, process.execPath, ["--expose-gc", file, ...args]);
}

/** Runs children for as long as `use` needs them and stops them whatever happens. */
export async function withChildren<T>(
  children: readonly Child[],
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use();
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

export function numberAt(answer: Answer, name: string): number {
  const value = answer[name];
  if (typeof value !== "number") throw new TypeError(`no number '${name}' in an answer`);
  return value;
}

export function textAt(answer: Answer, name: string): string {
  const value = answer[name];
  if (typeof value !== "string") throw new TypeError(`no text '${name}' in an answer`);
  return value;
}

async function* linesOf(child: ChildProcess): AsyncGenerator<Answer, void> {
  if (child.stdout === null) return;
  for await (const line of createInterface({ input: child.stdout })) {
    const answer = parseObject(line);
    if (answer === undefined) throw new Error(`not an answer: ${line.slice(0, 200)}`);
    yield answer;
  }
}

async function within<T>(answer: Promise<T>, name: string): Promise<T> {
  const timer = new AbortController();
  try {
    return await Promise.race([answer, silence(name, timer.signal)]);
  } finally {
    timer.abort();
  }
}

/** Rejects when the time is over; stays open when it is called off. */
function silence(name: string, signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} does not answer`)), ANSWER_MS);
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  });
}
