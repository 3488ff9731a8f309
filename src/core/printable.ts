// Text from outside may carry terminal commands, direction overrides or invisible characters (reliability.md part 5, I38):
// C0, DEL, C1, zero-width and word joiners, bidi marks, embeddings and isolates, line separators, soft hyphen, BOM.
const UNSAFE =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/g;

/** Text with everything removed that no terminal and no page should be given; line breaks stay. */
export function printableLines(text: string): string {
  return text
    .replace(UNSAFE, "")
    .replace(/\p{Surrogate}/gu, "\uFFFD")
    .replace(/[\u2028\u2029\r]/g, "\n");
}
