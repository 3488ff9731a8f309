export interface Page<T> {
  readonly items: readonly T[];
  /** Empty on the last page. */
  readonly cursor: string;
}

export interface CutList {
  readonly maxPages: number;
}

/**
 * Follows cursors and keeps the first of items with the same key. The exchange answers an unknown cursor with page 1
 * instead of an error (kalshi.md §2.0), so a cursor seen before, or a page that brings nothing new, ends the list as
 * incomplete instead of running in a circle.
 */
export async function readPages<T>(
  read: (cursor: string) => Promise<Page<T>>,
  keyOf: (item: T) => string,
  { maxPages }: CutList,
): Promise<{ items: T[]; complete: boolean }> {
  const items = new Map<string, T>();
  const cursors = new Set<string>();
  let cursor = "";
  for (let page = 0; page < maxPages; page++) {
    const { items: found, cursor: next } = await read(cursor);
    const before = items.size;
    for (const item of found) if (!items.has(keyOf(item))) items.set(keyOf(item), item);
    if (next === "") return { items: [...items.values()], complete: true };
    if (cursors.has(next) || items.size === before) break;
    cursors.add(next);
    cursor = next;
  }
  return { items: [...items.values()], complete: false };
}
