import { type Answer, type Child, numberAt } from "./child.ts";
import { median, type Samples } from "./line.ts";

/** Each subject once a round, and each round begins with another one: none always runs after the same neighbour. */
export async function inRounds(
  children: readonly Child[],
  rounds: number,
  measure: (child: Child, round: number) => Promise<number>,
): Promise<Samples> {
  const samples = new Map<string, number[]>(children.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < children.length; turn++) {
      const child = children[(round + turn) % children.length];
      if (child === undefined) continue;
      samples.get(child.name)?.push(await measure(child, round));
    }
  }
  return samples;
}

/** Throws unless every subject gives the same account of the same input; the first is believed. */
export async function mustAgree(
  children: readonly Child[],
  account: (child: Child) => Promise<object>,
): Promise<void> {
  let first: { readonly name: string; readonly text: string } | undefined;
  for (const child of children) {
    const text = JSON.stringify(await account(child));
    first ??= { name: child.name, text };
    if (text === first.text) continue;
    throw new Error(`${child.name} found ${text}, ${first.name} found ${first.text}`);
  }
}

/** CPU time per thing done, of all threads: on a busy machine it says more than the wall does. */
export class CpuTimes {
  readonly #us = new Map<string, number[]>();

  /** Takes in an answer of `timed` work with its `count`. */
  add({ name }: Child, answer: Answer): void {
    const us = (1000 * numberAt(answer, "cpuMs")) / numberAt(answer, "count");
    const known = this.#us.get(name);
    if (known === undefined) this.#us.set(name, [us]);
    else known.push(us);
  }

  /** How many times as much work a subject gets out of its CPU time as another. */
  ratio(subject: string, against: string): string {
    const [own, other] = [this.#us.get(subject) ?? [], this.#us.get(against) ?? []];
    const ratios = own.map((us, round) => (other[round] ?? Number.NaN) / us);
    return `per CPU ${median(ratios).toFixed(2)}`;
  }
}
