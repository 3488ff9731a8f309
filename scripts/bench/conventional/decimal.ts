const SCALE = 18n;
const UNIT = 10n ** SCALE;

/** A decimal number of eighteen places: a new object for every step, as decimal libraries do it. */
export class Decimal {
  readonly #units: bigint;

  private constructor(units: bigint) {
    this.#units = units;
  }

  static of(value: number): Decimal {
    return new Decimal(BigInt(Math.round(value * 1e9)) * 10n ** (SCALE - 9n));
  }

  plus(other: Decimal): Decimal {
    return new Decimal(this.#units + other.#units);
  }

  minus(other: Decimal): Decimal {
    return new Decimal(this.#units - other.#units);
  }

  times(other: Decimal): Decimal {
    return new Decimal((this.#units * other.#units) / UNIT);
  }

  toNumber(): number {
    return Number(this.#units) / Number(UNIT);
  }
}
