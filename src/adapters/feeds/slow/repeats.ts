/** Slots remembered: more than a source lists, so a headline is forgotten only when it has long rolled off. */
const REMEMBERED = 5000;

/** Tells what a poll says again from what is new. */
export class Repeats {
  readonly #marks = new Map<string, string>();

  /** True when the slot held this mark already; otherwise it holds it from now on. */
  isRepeat(slot: string, mark: string): boolean {
    if (this.#marks.get(slot) === mark) return true;
    // Back to the end of the line: what is still listed is what must be remembered.
    this.#marks.delete(slot);
    this.#marks.set(slot, mark);
    const [oldest] = this.#marks.keys();
    if (this.#marks.size > REMEMBERED && oldest !== undefined) this.#marks.delete(oldest);
    return false;
  }

  forget(): void {
    this.#marks.clear();
  }
}
