// The shape of JSON as a set of paths, each with the formats its values have. Two sets of samples are compared by it:
// what was recorded from the real exchange, and what the local one produces.

/** One place in the JSON: what stood there, and what was below it. */
class Place {
  readonly formats = new Set<string>();
  readonly fields = new Map<string, Place>();
  readonly elements: Place[] = [];
  /** Samples that have this place; a field that counts fewer than what contains it is optional. */
  count = 0;

  visit(value: unknown, isElement: boolean): void {
    this.count++;
    this.formats.add(formatOf(value));
    if (Array.isArray(value)) {
      for (const [at, element] of value.entries())
        this.#element(isElement ? at : 0).visit(element, true);
    } else if (typeof value === "object" && value !== null) {
      for (const [name, child] of Object.entries(value)) this.#field(name).visit(child, false);
    }
  }

  #field(name: string): Place {
    const known = this.fields.get(name);
    if (known !== undefined) return known;
    const place = new Place();
    this.fields.set(name, place);
    return place;
  }

  #element(at: number): Place {
    const known = this.elements[at];
    if (known !== undefined) return known;
    const place = new Place();
    this.elements[at] = place;
    return place;
  }
}

interface SeenPlace {
  readonly formats: ReadonlySet<string>;
  readonly isRequired: boolean;
}

export interface Difference {
  readonly path: string;
  readonly problem: string;
}

/**
 * Collects samples one by one. Paths read `msg.yes_dollars_fp[][0]`: elements of a list share one path, except that those
 * of a list within a list go by their position, because such a list is a tuple.
 */
export class Shape {
  readonly #root = new Place();

  add(sample: unknown): this {
    this.#root.visit(sample, false);
    return this;
  }

  /** Every place by its path, and whether it is there whenever what contains it is; elements never must be. */
  places(): ReadonlyMap<string, SeenPlace> {
    const found = new Map<string, SeenPlace>();
    const list = (place: Place, path: string, isTuple: boolean): void => {
      for (const [name, field] of place.fields) {
        const at = path === "" ? name : `${path}.${name}`;
        found.set(at, { formats: field.formats, isRequired: field.count === place.count });
        list(field, at, false);
      }
      for (const [index, element] of place.elements.entries()) {
        const at = `${path}[${isTuple ? index : ""}]`;
        found.set(at, { formats: element.formats, isRequired: false });
        list(element, at, true);
      }
    };
    list(this.#root, "", false);
    return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** Shape of all samples together. */
export function shapeOf(samples: Iterable<unknown>): Shape {
  const shape = new Shape();
  for (const sample of samples) shape.add(sample);
  return shape;
}

const TEXT_FORMATS: readonly (readonly [format: string, pattern: RegExp])[] = [
  ["empty text", /^$/],
  ["uuid", /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
  // Trailing zeros of the fraction are trimmed, and the dot with them.
  ["time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,5}[1-9])?Z$/],
  ["digits", /^-?\d+$/],
  ["ticker", /^[A-Z][A-Z0-9]*(?:-[A-Z0-9.]+)+$/],
  ["word", /^[a-z][a-z0-9_]*$/],
  ["json", /^\{.*\}$/s],
];

/** Class of a value: how it is written, not what it says. */
export function formatOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (typeof value === "number") return numberFormat(value);
  if (typeof value !== "string") return typeof value;
  const decimal = /^-?\d+\.(\d+)$/.exec(value);
  if (decimal !== null) return `decimal of ${decimal[1]?.length}`;
  return TEXT_FORMATS.find(([, pattern]) => pattern.test(value))?.[0] ?? "text";
}

function numberFormat(value: number): string {
  if (!Number.isInteger(value)) return "fraction";
  if (value >= 1e12) return "epoch ms";
  return value >= 1e9 ? "epoch s" : "integer";
}

/**
 * What `produced` has that `recorded` has not, and the other way round: fields, formats, and fields that must be there.
 * Empty means that nobody can tell the two apart by their shape.
 */
export function differences(recorded: Shape, produced: Shape): Difference[] {
  const before = recorded.places();
  const after = produced.places();
  const found: Difference[] = [];
  for (const [path, { formats }] of after) {
    const known = before.get(path);
    if (known === undefined) found.push({ path, problem: "was never recorded" });
    else found.push(...formatDifferences(path, known.formats, formats));
  }
  for (const [path, { isRequired }] of before) {
    const made = after.get(path);
    if (made === undefined) found.push({ path, problem: "is never produced" });
    else if (isRequired && !made.isRequired) found.push({ path, problem: "is left out at times" });
  }
  return found;
}

function formatDifferences(
  path: string,
  recorded: ReadonlySet<string>,
  produced: ReadonlySet<string>,
): Difference[] {
  const extra = [...produced].filter((format) => !recorded.has(format));
  const missing = [...recorded].filter((format) => !produced.has(format));
  return [
    ...extra.map((format) => ({
      path,
      problem: `is produced as ${format}, recorded as ${[...recorded].join(" or ")}`,
    })),
    ...missing.map((format) => ({ path, problem: `is never produced as ${format}` })),
  ];
}
