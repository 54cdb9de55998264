/** Measures what was recorded of a wave that is known to the sample. */

/**
 * A sum of two tones: the high one tells the phase to a fraction of a sample, the low one which period it is. The high one's
 * frequency is a multiple of the low one's, so that the sum repeats with the low one.
 */
export interface Tones {
  readonly rate: number;
  readonly highHz: number;
  readonly lowHz: number;
}

const HIGH_LEVEL = 0.45;
const LOW_LEVEL = 0.45;

export function waveOf({ rate, highHz, lowHz }: Tones): (sample: number) => number {
  return (sample) =>
    HIGH_LEVEL * Math.sin((2 * Math.PI * highHz * sample) / rate) + LOW_LEVEL * Math.sin((2 * Math.PI * lowHz * sample) / rate);
}

export interface SeamFigures {
  /** Samples that are missing or doubled between the beginning and the end of the recording; positive: silence was added. */
  readonly gap: number;
  /** The largest deviation of the recording from the reference, full scale being 1. */
  readonly maxError: number;
  /** The samples measured. */
  readonly samples: number;
}

/**
 * Compares a recording that begins before a seam and ends behind it with the wave, which must go on as if there were none, and
 * with `reference`: what another decoder makes of the same files, one behind the other. The wave is fitted to the first and
 * to the last half second; a gap of up to half a period of the low tone is seen.
 */
export function measureSeam(recording: Float32Array, reference: Float32Array, tones: Tones): SeamFigures {
  const { rate, lowHz } = tones;
  const begin = firstSound(recording) + rate / 10;
  const end = lastSound(recording) - rate / 10;
  const window = rate / 2;
  if (end - begin < 3 * window) throw new Error('the recording is too short');
  const before = waveOffset(recording, begin, window, tones);
  const after = waveOffset(recording, end - window, window, tones);
  const gap = wrap(before - after, rate / lowHz);
  const shift = align(recording, reference, begin, before, rate / lowHz);
  let maxError = 0;
  for (let at = begin; at < end; at += 1)
    maxError = Math.max(maxError, Math.abs((recording[at] as number) - (reference[at + shift] as number)));
  return { gap, maxError, samples: end - begin };
}

/** Which reference sample sounds at recording sample 0: the offset of the wave, in the period in which both agree best. */
function align(recording: Float32Array, reference: Float32Array, begin: number, offset: number, period: number): number {
  let best = { shift: 0, error: Number.POSITIVE_INFINITY };
  for (let shift = offset - Math.floor((offset + begin) / period) * period; ; shift += period) {
    const whole = Math.round(shift);
    if (begin + whole + 20_000 > reference.length) return best.shift;
    let error = 0;
    for (let at = begin; at < begin + 20_000; at += 7)
      error += ((recording[at] as number) - (reference[at + whole] as number)) ** 2;
    if (error < best.error) best = { shift: whole, error };
  }
}

/** Which sample of the wave sounds at recording sample 0, seen from a window; modulo the low tone's period. */
function waveOffset(recording: Float32Array, at: number, length: number, { rate, highHz, lowHz }: Tones): number {
  const [highPeriod, lowPeriod] = [rate / highHz, rate / lowHz];
  const coarse = (phase(recording, at, length, lowHz, rate) / (2 * Math.PI)) * lowPeriod - at;
  const fine = (phase(recording, at, length, highHz, rate) / (2 * Math.PI)) * highPeriod - at;
  return fine + Math.round((coarse - fine) / highPeriod) * highPeriod;
}

/** The phase of `sin(2πft)` at `at`, windowed against the other tone. */
function phase(recording: Float32Array, at: number, length: number, hz: number, rate: number): number {
  const step = (2 * Math.PI * hz) / rate;
  let [sine, cosine] = [0, 0];
  for (let index = 0; index < length; index += 1) {
    const sample = (recording[at + index] as number) * (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / length));
    sine += sample * Math.sin(step * index);
    cosine += sample * Math.cos(step * index);
  }
  return Math.atan2(cosine, sine);
}

function wrap(value: number, period: number): number {
  return value - Math.round(value / period) * period;
}

const SILENCE = 0.02;

export function firstSound(recording: Float32Array): number {
  return recording.findIndex((sample) => Math.abs(sample) > SILENCE);
}

export function lastSound(recording: Float32Array): number {
  return recording.findLastIndex((sample) => Math.abs(sample) > SILENCE);
}

/** Decodes what the recorder of the page gives. */
export function samplesOf(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

export function concat(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
