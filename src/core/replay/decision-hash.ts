import { finish, mixValue } from "./mix.ts";

/** A rolling hash over what a run decided and what came of it, row after row: two lanes of 32 bits. */
export class DecisionHash {
  #rows = 0;
  #a = 0x243f6a88;
  #b = 0x85a308d3;

  get rows(): number {
    return this.#rows;
  }

  /** Takes the next row in, as it reads back from the database. */
  add(kind: string, row: object): void {
    this.#rows++;
    this.#a = mixValue(mixValue(this.#a, kind), row);
    this.#b = mixValue(this.#b ^ this.#a, this.#rows);
  }

  /** Sixteen hexadecimal digits. */
  digest(): string {
    return [finish(this.#a), finish(this.#b ^ this.#a)]
      .map((lane) => lane.toString(16).padStart(8, "0"))
      .join("");
  }
}
