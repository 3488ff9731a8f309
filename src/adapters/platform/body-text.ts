import { TextDecoder } from "node:util";

const DECLARED = /^\s*<\?xml[^>]{0,200}encoding=["']([A-Za-z0-9._:-]{1,40})["']/;
const CHARSET = /charset=["']?([A-Za-z0-9._:-]{1,40})/i;

/**
 * The text of an answer. It is UTF-8 whenever it can be, whatever the server says, because servers that declare another
 * charset for UTF-8 are common; only what is no UTF-8 is read by its declaration (RSS feeds of old systems).
 */
export function bodyText(bytes: Buffer, headers: Readonly<Record<string, string>>): string {
  try {
    return decoder("utf-8", true).decode(bytes);
  } catch {
    const head = bytes.subarray(0, 256).toString("latin1");
    const declared =
      DECLARED.exec(head)?.[1] ?? CHARSET.exec(headers["content-type"] ?? "")?.[1] ?? "utf-8";
    return decodeAs(declared, bytes);
  }
}

function decodeAs(label: string, bytes: Buffer): string {
  try {
    return decoder(label, false).decode(bytes);
  } catch {
    return bytes.toString("utf8");
  }
}

function decoder(label: string, fatal: boolean): TextDecoder {
  // A byte order mark stays, as it does in Buffer's own decoding.
  return new TextDecoder(label, { fatal, ignoreBOM: true });
}
