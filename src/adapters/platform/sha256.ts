/** SHA-256 as hexadecimal digits. Node's crypto is loaded at the first call: who never hashes saves three milliseconds. */
export function sha256Of(text: string): string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(text).digest("hex");
}
