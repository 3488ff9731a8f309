// sfc32 with named streams: every source of chance draws from its own generator, so that adding draws in one place
// shifts nothing elsewhere and a market's book does not depend on how many other markets there are.

/** FNV-1a over a label, folded into a 32-bit state. */
function hash(text: string, state: number): number {
  let h = state | 0;
  for (let index = 0; index < text.length; index++) {
    h = Math.imul(h ^ text.charCodeAt(index), 0x01_00_01_93);
  }
  h = Math.imul(h ^ (h >>> 16), 0x85_eb_ca_6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2_b2_ae_35);
  return h ^ (h >>> 16);
}

export interface SizeSpec {
  readonly median: number;
  /** Standard deviation of the logarithm. */
  readonly spread: number;
  readonly low: number;
  readonly high: number;
}

const UNIT = 1 / 4_294_967_296;
const HEX = "0123456789abcdef";
const UUID = Array.from({ length: 36 }, () => "-".charCodeAt(0));
/** Where each of the 32 digits stands between the four dashes. */
const UUID_PLACES = UUID.map((_, at) => at).filter((at) => ![8, 13, 18, 23].includes(at));

export class Rng {
  readonly #label: string;
  readonly #seed: number;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  #spare = Number.NaN;

  constructor(seed: number, label = "root") {
    this.#label = label;
    this.#seed = seed;
    // The halves of a seed beyond 32 bits both count.
    const low = seed | 0;
    const high = Math.floor(seed / 4_294_967_296) | 0;
    this.#a = hash(label, low ^ 0x81_1c_9d_c5);
    this.#b = hash(label, high ^ 0x9e_37_79_b9);
    this.#c = hash(label, Math.imul(low, 0x27_d4_eb_2f) ^ 0x16_56_67_b1);
    for (let round = 0; round < 12; round++) this.bits();
  }

  /** An independent generator; the same label gives the same stream however much this one was used. */
  split(label: string): Rng {
    return new Rng(this.#seed, `${this.#label}/${label}`);
  }

  /** 32 random bits as an unsigned integer. */
  bits(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return this.bits() * UNIT;
  }

  /** Uniform in [from, to). */
  between(from: number, to: number): number {
    return from + (to - from) * this.unit();
  }

  /** Uniform integer in [0, count). */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** Exponential with the given mean. */
  wait(mean: number): number {
    return -mean * Math.log(1 - this.unit());
  }

  /** Standard normal (Box–Muller, both halves used). */
  normal(): number {
    const spare = this.#spare;
    if (!Number.isNaN(spare)) {
      this.#spare = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.unit()));
    const angle = 2 * Math.PI * this.unit();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Log-normal around a median, held inside [low, high]. */
  size(spec: SizeSpec): number {
    const value = spec.median * Math.exp(spec.spread * this.normal());
    return Math.min(spec.high, Math.max(spec.low, value));
  }

  /** A version-4 UUID. */
  uuid(): string {
    const words = [this.bits(), this.bits(), this.bits(), this.bits()];
    const variant = this.below(4);
    for (let digit = 0; digit < 32; digit++) {
      const value = ((words[digit >> 3] ?? 0) >>> (28 - 4 * (digit & 7))) & 15;
      UUID[UUID_PLACES[digit] ?? 0] = HEX.charCodeAt(value);
    }
    UUID[14] = HEX.charCodeAt(4);
    UUID[19] = HEX.charCodeAt(8 + variant);
    // Joined from pieces it would stay a tree of strings in memory, and there is one for each trade.
    return String.fromCharCode(...UUID);
  }
}
