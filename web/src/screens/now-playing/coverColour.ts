/** The colour that stands out of a picture. */
export interface Accent {
  /** Degrees in OKLCH. */
  readonly hue: number;
  /** 0 to 0.2: how colourful it may be shown. */
  readonly chroma: number;
}

const MAX_CHROMA = 0.16;
/** Sectors of the colour circle that are weighed against each other. */
const SECTORS = 24;

/** The accent of pixels (RGBA, as a canvas gives them): the hue of the sector with the most colour in it. Null for greys. */
export function accentOf(pixels: ArrayLike<number>): Accent | null {
  const weights = new Float64Array(SECTORS);
  const [as, bs] = [new Float64Array(SECTORS), new Float64Array(SECTORS)];
  let total = 0;
  for (let at = 0; at + 3 < pixels.length; at += 4) {
    const { l, a, b } = oklab(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0);
    const chroma = Math.hypot(a, b);
    // Near black and white a hue is not seen.
    const weight = chroma * Math.max(0, 1 - Math.abs(l - 0.6) * 1.8);
    const sector = Math.floor(((Math.atan2(b, a) / (2 * Math.PI) + 1) % 1) * SECTORS) % SECTORS;
    weights[sector] = (weights[sector] ?? 0) + weight;
    as[sector] = (as[sector] ?? 0) + a * weight;
    bs[sector] = (bs[sector] ?? 0) + b * weight;
    total += weight;
  }
  const best = weights.indexOf(Math.max(...weights));
  const weight = weights[best] ?? 0;
  if (total / (pixels.length / 4) < 0.008 || weight === 0) return null;
  const [a, b] = [(as[best] ?? 0) / weight, (bs[best] ?? 0) / weight];
  return { hue: ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360, chroma: Math.min(MAX_CHROMA, Math.hypot(a, b)) };
}

const linear = (value: number) => {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
};

/** sRGB to OKLab, by the matrices of the CSS Color specification. */
function oklab(red: number, green: number, blue: number): { l: number; a: number; b: number } {
  const [r, g, b] = [linear(red), linear(green), linear(blue)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return {
    l: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    a: 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    b: 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  };
}
