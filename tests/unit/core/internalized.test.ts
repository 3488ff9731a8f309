import { expect, test } from "vitest";
import { internalized } from "../../../src/core/internalized.ts";

test("gives the text back, whatever it says", () => {
  for (const text of ["KXBTC15M-26MAY140830-30", "", "0", "-0", "1e3", "__proto__", "Größe"]) {
    expect(internalized(text)).toBe(text);
  }
});
