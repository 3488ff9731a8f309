// Names under which orders stand that no strategy has thought of: what they believe is no model's opinion.

export const DRILL = "drill";
export const BY_HAND = "by-hand";

export const ERRANDS: ReadonlySet<string> = new Set([DRILL, BY_HAND]);
