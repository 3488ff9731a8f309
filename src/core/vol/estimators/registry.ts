import { bipower } from "./bipower.ts";
import { blend } from "./blend.ts";
import { cascade } from "./cascade.ts";
import { ewma } from "./ewma.ts";
import { medrv } from "./medrv.ts";
import { realised } from "./realised.ts";
import { twoScale } from "./two-scale.ts";

/** Every estimator by the name it has in `model.vol_estimator`. */
export const VOL_ESTIMATORS = {
  blend,
  cascade,
  ewma,
  realised,
  two_scale: twoScale,
  bipower,
  medrv,
};

export type VolEstimatorName = keyof typeof VOL_ESTIMATORS;
