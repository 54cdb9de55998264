/** As many bars as there is room for, each as high as the loudest of the values it stands for, from 0 to 1. */
export function bars(points: readonly number[], count: number): number[] {
  if (points.length === 0 || count <= 0) return [];
  const loudest = Math.max(...points, 0.0001);
  return Array.from({ length: Math.min(count, points.length) }, (_, bar) => {
    const shown = Math.min(count, points.length);
    const from = Math.floor((bar * points.length) / shown);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * points.length) / shown));
    return Math.max(...points.slice(from, to)) / loudest;
  });
}

/** The bars as one path of upright lines in a box that is `bars.length` wide and 100 high. Silence is a dot. */
export function barsPath(heights: readonly number[]): string {
  return heights
    .map((height, index) => {
      const half = Math.max(0.02, height) * 46;
      return `M${index + 0.5} ${(50 - half).toFixed(1)}V${(50 + half).toFixed(1)}`;
    })
    .join('');
}
