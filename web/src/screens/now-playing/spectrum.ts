/** What music has: from the lowest of a bass to where most ears end, Hz. */
const [LOWEST, HIGHEST] = [45, 14_000];

/** The loudness of bands of equal width to the ear, 0 to 1, from the bins of an analyser (0 to 255). */
export function bands(bins: ArrayLike<number>, count: number, sampleRateHz: number): number[] {
  const binHz = sampleRateHz / 2 / bins.length;
  const edge = (index: number) => LOWEST * (HIGHEST / LOWEST) ** (index / count);
  return Array.from({ length: count }, (_, index) => {
    const from = Math.min(bins.length - 1, Math.floor(edge(index) / binHz));
    const to = Math.max(from + 1, Math.min(bins.length, Math.ceil(edge(index + 1) / binHz)));
    let loudest = 0;
    for (let bin = from; bin < to; bin += 1) loudest = Math.max(loudest, bins[bin] ?? 0);
    return loudest / 255;
  });
}
