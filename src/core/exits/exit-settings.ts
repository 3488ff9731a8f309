import type { Ms } from "../units.ts";
import type { ExitTerms } from "./exit.ts";
import type { ExitRule } from "./exit-rule.ts";

/** How a run leaves what it holds, beside what its strategies do of their own. */
export interface ExitSettings {
  readonly rule: ExitRule;
  /** On which terms it sells. */
  readonly terms: Omit<ExitTerms, "reason">;
  /** By how much the bid must beat the model's value, dollars per contract. */
  readonly buffer: number;
  /** A market that was left is entered again after so long; null for never. */
  readonly cooldownMs: Ms | null;
}
