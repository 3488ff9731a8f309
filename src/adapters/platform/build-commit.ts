/** Commit that this program was built from, with `+` when files had been changed since; null when it runs from source. */
export const BUILD_COMMIT: string | null = process.env["KBT_BUILD_COMMIT"] ?? null;
