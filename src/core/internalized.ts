/**
 * The same text as V8 keeps it for names of properties: one string for all that are equal. A map that has it as a key finds
 * it by where it is; of a text from somewhere else it has to compare the letters, 40 ns a look (docs/performance.md).
 */
export function internalized(text: string): string {
  const [name = text] = Object.keys({ [text]: null });
  return name;
}
