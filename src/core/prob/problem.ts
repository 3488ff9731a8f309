/**
 * Why a market has no probability. Stable codes: they stand as the reason on the opportunity row, and no number stands
 * beside them.
 *
 * - `strike_tbd`: the strike is not published, and the minute that it is the average of was not watched
 * - `strike_invalid`: a strike that is no number, or of a kind that this program does not know
 * - `no_spot`: no price of the underlying yet, or one that is not a positive number
 * - `no_sigma`: volatility is not known yet, or not a positive number
 * - `index_stale`: the averaging minute has begun and its values are missing; guessing them is up to 31 cents wrong
 * - `market_closed`: the close has passed
 * - `input_invalid`: an input that cannot be, such as a negative uncertainty or more than sixty values of a minute
 */
export type ModelProblem =
  | "strike_tbd"
  | "strike_invalid"
  | "no_spot"
  | "no_sigma"
  | "index_stale"
  | "market_closed"
  | "input_invalid";
