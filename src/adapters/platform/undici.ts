// The lazy half of http.ts. undici is CommonJS: imported statically from here its names survive bundling, which those of
// a direct `await import("undici")` do not.
export { Agent, request } from "undici";
