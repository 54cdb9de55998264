/**
 * Arithmetic of one media timeline on which the tracks of a queue follow each other without a gap. Pure; all times are
 * seconds. Track times count from a track's first sample of audio, behind the encoder's delay.
 */

/** Samples to skip at each end of a rendition; `Rendition.gapless` of the API. */
export interface Gapless {
  readonly encoderDelay: number;
  readonly padding: number;
  readonly sampleRateHz: number;
  readonly totalSamples: number;
}

/** How to append the segments of a rendition (attributes of `SourceBuffer`). */
export interface AppendPlacement {
  readonly timestampOffset: number;
  readonly windowStart: number;
  readonly windowEnd: number;
}

/** Ranges of buffered time, ascending, disjoint. */
export type Ranges = readonly (readonly [start: number, end: number])[];

/** Buffered ranges that lie no further apart than this are one: browsers play over it. */
const JOIN_TOLERANCE = 0.06;
/** A segment that would add less than this is taken for played: EXTINF is rounded to microseconds, buffers to frames. */
export const SEGMENT_TOLERANCE = 0.02;

export function lengthOf(gapless: Gapless): number {
  return gapless.totalSamples / gapless.sampleRateHz;
}

export function delayOf(gapless: Gapless): number {
  return gapless.encoderDelay / gapless.sampleRateHz;
}

/**
 * Where a track that begins at `start` goes. Its audio fills exactly `[start, end)`; what the encoder put before and behind
 * it lies outside the window and is cut. While the end is not known (`end` null) the window stays open.
 */
export function placementOf(start: number, gapless: Gapless, end: number | null): AppendPlacement {
  return {
    timestampOffset: start - delayOf(gapless),
    windowStart: start,
    windowEnd: end ?? Number.POSITIVE_INFINITY,
  };
}

/** Where the audio of segment `index` begins in its track; the first begins at 0, for the delay is cut. */
export function segmentStart(durations: readonly number[], index: number, gapless: Gapless): number {
  let sum = -delayOf(gapless);
  for (let at = 0; at < index && at < durations.length; at += 1) sum += durations[at] as number;
  return Math.max(0, sum);
}

/** The segment in which a track time lies; `durations.length` when it lies behind the last. */
export function segmentAt(durations: readonly number[], gapless: Gapless, trackTime: number): number {
  let end = -delayOf(gapless);
  for (let index = 0; index < durations.length; index += 1) {
    end += durations[index] as number;
    if (trackTime + SEGMENT_TOLERANCE < end) return index;
  }
  return durations.length;
}

/** The end of what is buffered from `time` on without a gap; null when nothing is buffered there. */
export function bufferedUntil(ranges: Ranges, time: number): number | null {
  let until: number | null = null;
  for (const [start, end] of ranges) {
    if (until === null && start - JOIN_TOLERANCE <= time && time < end) until = end;
    else if (until !== null && start <= until + JOIN_TOLERANCE) until = Math.max(until, end);
  }
  return until;
}

/** The start of the first range behind `time`, where it is no further than `within`; null when there is none. */
export function nextRangeStart(ranges: Ranges, time: number, within: number): number | null {
  return ranges.find(([start]) => start > time && start - time <= within)?.[0] ?? null;
}

export function rangesOf(buffered: TimeRanges): Ranges {
  return Array.from({ length: buffered.length }, (_, index) => [buffered.start(index), buffered.end(index)] as const);
}
