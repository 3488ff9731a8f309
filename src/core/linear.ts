import { numberAt } from "./prob/number-at.ts";

/**
 * Solution of a linear system by Gauss-Jordan with row pivoting; each equation is a row of coefficients with its right
 * side last. The system is consumed. A singular one gives numbers that are not finite.
 */
export function solveLinear(system: Float64Array[]): number[] {
  for (let k = 0; k < system.length; k++) {
    const pivot = takePivot(system, k);
    for (const [i, equation] of system.entries()) {
      if (i === k) continue;
      const factor = numberAt(equation, k) / numberAt(pivot, k);
      for (let j = k; j < equation.length; j++) {
        equation[j] = numberAt(equation, j) - factor * numberAt(pivot, j);
      }
    }
  }
  return system.map((equation, k) => numberAt(equation, system.length) / numberAt(equation, k));
}

/** Brings the equation with the largest k-th coefficient to row k. */
function takePivot(system: Float64Array[], k: number): Float64Array {
  const rest = system.splice(k);
  rest.sort((a, b) => Math.abs(numberAt(b, k)) - Math.abs(numberAt(a, k)));
  system.push(...rest);
  const [pivot] = rest;
  if (pivot === undefined) throw new RangeError("no equation left to pivot on");
  return pivot;
}
