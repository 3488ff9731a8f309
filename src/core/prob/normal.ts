import { polynomial } from "./number-at.ts";
import { studentTail } from "./student.ts";

// Normal and Student-t distribution functions to the precision of models.md §1.1. Packages were measured there: one is
// a table with errors of 0.1 cent, one loses the lower tail, one weighs 30 MB.

const SQRT_2PI = 2.506_628_274_631_000_7;
const INV_SQRT_2PI = 0.398_942_280_401_432_7;

// Rational approximations of W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 1969,
// in the normal-law form of his ANORM routine: centre, shoulder and tail.
const CENTRE_NUM = [
  0.065_682_337_918_207_45, 2.235_252_035_460_684, 161.028_231_068_555_87, 1067.689_485_460_371,
  18_154.981_253_343_56,
];
const CENTRE_DEN = [
  1, 47.202_581_904_688_24, 976.098_551_737_776_7, 10_260.932_208_618_979, 45_507.789_335_026_73,
];
const SHOULDER_NUM = [
  1.076_557_677_372_019_3e-8, 0.398_941_512_088_134_66, 8.883_149_794_388_377,
  93.506_656_132_177_85, 597.270_276_394_800_2, 2494.537_585_290_372_6, 6848.190_450_536_283,
  11_602.651_437_647_35, 9842.714_838_383_978,
];
const SHOULDER_DEN = [
  1, 22.266_688_044_328_117, 235.387_901_782_625, 1519.377_599_407_554_7, 6485.558_298_266_761,
  18_615.571_640_885_097, 34_900.952_721_145_98, 38_912.003_286_093_27, 19_685.429_676_859_992,
];
const TAIL_NUM = [
  0.023_073_441_764_940_174, 0.215_898_534_057_957, 0.127_401_161_160_247_36,
  0.022_235_277_870_649_807, 0.001_421_619_193_227_893_4, 2.911_287_495_116_879_3e-5,
];
const TAIL_DEN = [
  1, 1.284_260_096_144_911, 0.468_238_212_480_865_1, 0.065_988_137_868_928_56,
  0.003_782_396_332_027_582_4, 7.297_515_550_839_662e-5,
];
const CENTRE_END = 0.674_489_75;
const SHOULDER_END = Math.sqrt(32);

/** P(Z <= z) of the standard normal law, relative error below 1e-13 down to z = −37. */
export function normCdf(z: number): number {
  const size = Math.abs(z);
  if (size <= CENTRE_END) return 0.5 + centre(z);
  const tail = gauss(size) * mills(size);
  return z < 0 ? tail : 1 - tail;
}

/** P(Z > z), accurate in the upper tail where 1 − normCdf is not. */
export function normSf(z: number): number {
  return normCdf(-z);
}

/** ln P(Z <= z); stays finite where the probability itself underflows. */
export function normLogCdf(z: number): number {
  if (z >= -CENTRE_END) return Math.log1p(-normCdf(-z));
  return -0.5 * z * z + Math.log(mills(-z));
}

function centre(z: number): number {
  const square = z * z;
  return (z * polynomial(CENTRE_NUM, square)) / polynomial(CENTRE_DEN, square);
}

/** P(Z > z)/exp(−z²/2) for z above the centre. */
function mills(z: number): number {
  if (z <= SHOULDER_END) return polynomial(SHOULDER_NUM, z) / polynomial(SHOULDER_DEN, z);
  const inverse = 1 / (z * z);
  const correction = (inverse * polynomial(TAIL_NUM, inverse)) / polynomial(TAIL_DEN, inverse);
  return (INV_SQRT_2PI - correction) / z;
}

/** exp(−z²/2) with z split so that the rounding of z² does not grow in the exponent. */
function gauss(z: number): number {
  // Infinity less itself would be no number.
  if (z === Number.POSITIVE_INFINITY) return 0;
  const coarse = Math.trunc(z * 16) / 16;
  return Math.exp(-0.5 * coarse * coarse) * Math.exp(-0.5 * (z - coarse) * (z + coarse));
}

/** Standard normal density. */
export function normPdf(z: number): number {
  return gauss(Math.abs(z)) / SQRT_2PI;
}

// M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 1988 (PPND16).
const INV_CENTRE_NUM = [
  2509.080_928_730_122_7, 33_430.575_583_588_13, 67_265.770_927_008_7, 45_921.953_931_549_87,
  13_731.693_765_509_46, 1971.590_950_306_551_3, 133.141_667_891_784_38, 3.387_132_872_796_366_5,
];
const INV_CENTRE_DEN = [
  5226.495_278_852_546, 28_729.085_735_721_943, 39_307.895_800_092_71, 21_213.794_301_586_597,
  5394.196_021_424_751, 687.187_007_492_057_9, 42.313_330_701_600_91, 1,
];
const INV_SHOULDER_NUM = [
  0.000_774_545_014_278_341_4, 0.022_723_844_989_269_184, 0.241_780_725_177_450_6,
  1.270_458_252_452_368_4, 3.647_848_324_763_204_5, 5.769_497_221_460_691, 4.630_337_846_156_546,
  1.423_437_110_749_683_5,
];
const INV_SHOULDER_DEN = [
  1.050_750_071_644_416_9e-9, 0.000_547_593_808_499_534_5, 0.015_198_666_563_616_457,
  0.148_103_976_427_480_08, 0.689_767_334_985_1, 1.676_384_830_183_803_8, 2.053_191_626_637_759, 1,
];
const INV_TAIL_NUM = [
  2.010_334_399_292_288_1e-7, 2.711_555_568_743_487_6e-5, 0.001_242_660_947_388_078_4,
  0.026_532_189_526_576_124, 0.296_560_571_828_504_87, 1.784_826_539_917_291_3,
  5.463_784_911_164_114, 6.657_904_643_501_103,
];
const INV_TAIL_DEN = [
  2.044_263_103_389_939_7e-15, 1.421_511_758_316_446e-7, 1.846_318_317_510_054_8e-5,
  0.000_786_869_131_145_613_3, 0.014_875_361_290_850_615, 0.136_929_880_922_735_8,
  0.599_832_206_555_888, 1,
];

/** z with P(Z <= z) = p; −∞ and ∞ at 0 and 1, NaN outside [0, 1]. */
export function normInv(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180_625 - q * q;
    return (q * polynomial(INV_CENTRE_NUM, r)) / polynomial(INV_CENTRE_DEN, r);
  }
  const tail = q < 0 ? p : 1 - p;
  if (tail === 0) return q < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const depth = Math.sqrt(-Math.log(tail));
  const z =
    depth <= 5
      ? polynomial(INV_SHOULDER_NUM, depth - 1.6) / polynomial(INV_SHOULDER_DEN, depth - 1.6)
      : polynomial(INV_TAIL_NUM, depth - 5) / polynomial(INV_TAIL_DEN, depth - 5);
  return q < 0 ? -z : z;
}

/**
 * P(T <= x) of Student's t with `nu` degrees of freedom. The lower tail keeps its relative accuracy: pass −x for a small
 * upper tail instead of taking 1 minus the result.
 */
export function tCdf(x: number, nu: number): number {
  const tail = nu === 4 ? tail4(Math.abs(x)) : upperTail(Math.abs(x), nu);
  return x > 0 ? 1 - tail : tail;
}

/** From here on the beta function is a difference of ever larger logarithms, and the law is nearly normal. */
const NEARLY_NORMAL_NU = 1_000;

function upperTail(x: number, nu: number): number {
  return nu > NEARLY_NORMAL_NU ? normCdf(-normalScore(x, nu)) : studentTail(x, nu);
}

/** Normal score with the tail of Student's t at x (G. W. Hill, Algorithm 395, Communications of the ACM 1970). */
function normalScore(x: number, nu: number): number {
  if (nu === Number.POSITIVE_INFINITY || x === Number.POSITIVE_INFINITY) return x;
  const a = nu - 0.5;
  const b = 48 * a * a;
  const square = a * Math.log1p((x * x) / nu);
  const next =
    (((4 * square + 33) * square + 240) * square + 855) / (10 * (b + 0.8 * square * square + 100));
  return Math.sqrt(square) * (1 + (square + 3 - next) / b);
}

/**
 * P(T > x) for nu = 4 and x >= 0, the default shape: with s = x/√(4+x²) it is (1−s)²(2+s)/4, and 1−s is formed without
 * cancellation. About fifty times faster than the incomplete beta.
 */
function tail4(x: number): number {
  if (x === Number.POSITIVE_INFINITY) return 0;
  const square = 4 + x * x;
  const s = x / Math.sqrt(square);
  const gap = 4 / (square * (1 + s));
  return 0.25 * gap * gap * (2 + s);
}
