import { describe, expect, it } from 'vitest';

import {
  bufferedUntil,
  delayOf,
  type Gapless,
  lengthOf,
  nextRangeStart,
  placementOf,
  segmentAt,
  segmentStart,
} from './timeline';

/** Numbers that look random and are the same each time. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A track as the pipeline cuts it: segments of whole frames, about 6 s, the last as short as it comes. */
function drawTrack(next: () => number): { gapless: Gapless; durations: number[] } {
  const sampleRateHz = next() < 0.5 ? 44_100 : 48_000;
  const isAac = next() < 0.6;
  const encoderDelay = isAac ? 1024 : 0;
  const frame = isAac ? 1024 : 4608;
  const totalSamples = 1 + Math.floor(next() * sampleRateHz * 60);
  const all = totalSamples + encoderDelay;
  const target = Math.ceil((6 * sampleRateHz) / frame) * frame;
  const durations: number[] = [];
  for (let at = 0; at < all; at += target)
    durations.push(Number((Math.min(target, all - at) / sampleRateHz).toFixed(6)));
  const padding = isAac ? (frame - (all % frame)) % frame : 0;
  return { gapless: { encoderDelay, padding, sampleRateHz, totalSamples }, durations };
}

describe('the timeline', () => {
  it('lays tracks one behind the other without a hole, to a fraction of a sample', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const next = random(seed);
      let start = 0;
      let samples = 0;
      for (let track = 0; track < 50; track += 1) {
        const { gapless } = drawTrack(next);
        const end = start + lengthOf(gapless);
        const { timestampOffset, windowStart, windowEnd } = placementOf(start, gapless, end);
        expect(windowStart).toBe(start);
        expect(windowEnd).toBe(end);
        expect(windowStart - timestampOffset).toBeCloseTo(delayOf(gapless), 9);
        samples += gapless.totalSamples / gapless.sampleRateHz;
        start = end;
      }
      // Half an hour of music sums up with an error below a thousandth of a sample.
      expect(Math.abs(start - samples)).toBeLessThan(1e-9);
    }
  });

  it('leaves the window open while the end is not known', () => {
    const { gapless } = drawTrack(random(1));
    expect(placementOf(3, gapless, null).windowEnd).toBe(Number.POSITIVE_INFINITY);
  });

  it('finds the segment of every time, and the time of every segment', () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const next = random(seed);
      const { gapless, durations } = drawTrack(next);
      for (const index of durations.keys()) {
        const start = segmentStart(durations, index, gapless);
        const end = segmentStart(durations, index + 1, gapless);
        if (end - start < 0.05) continue;
        expect(segmentAt(durations, gapless, start)).toBe(index);
        expect(segmentAt(durations, gapless, start + (end - start - 0.03) * next())).toBe(index);
      }
      expect(segmentAt(durations, gapless, lengthOf(gapless) + 0.001)).toBe(durations.length);
    }
  });

  it('begins a track with its first segment, whatever the delay', () => {
    const { gapless } = drawTrack(random(3));
    expect(segmentStart([6, 6], 0, { ...gapless, encoderDelay: 1024, sampleRateHz: 44_100 })).toBe(0);
    expect(segmentStart([6, 6], 1, { ...gapless, encoderDelay: 1024, sampleRateHz: 44_100 })).toBeCloseTo(
      6 - 1024 / 44_100,
      9,
    );
  });
});

describe('buffered ranges', () => {
  it('are one where only rounding parts them', () => {
    const ranges = [
      [0, 5],
      [5.02, 9],
      [12, 20],
    ] as const;
    expect(bufferedUntil(ranges, 1)).toBe(9);
    expect(bufferedUntil(ranges, 9.5)).toBeNull();
    expect(bufferedUntil(ranges, 12)).toBe(20);
    expect(bufferedUntil([], 0)).toBeNull();
  });

  it('tell what comes next where the playhead stands in a hole', () => {
    expect(nextRangeStart([[12, 20]], 11.9, 0.3)).toBe(12);
    expect(nextRangeStart([[12, 20]], 11, 0.3)).toBeNull();
  });
});
