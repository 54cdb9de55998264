import { describe, expect, it } from 'vitest';

import { restoreAacFrameDurations } from './mp4';
import { continuedGain, loudnessGain } from './output';
import { backoffMs } from './retry';
import { ReadAhead } from './span';
import { chooseRung, ThroughputMeter } from './throughput';

function box(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + content.length);
  new DataView(bytes.buffer).setUint32(0, bytes.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(content, 8);
  return bytes;
}

function words(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  for (const [index, value] of values.entries()) new DataView(bytes.buffer).setUint32(index * 4, value);
  return bytes;
}

describe('the frames of an AAC segment', () => {
  it('get their real duration back, in every run', () => {
    const run = box('trun', words(0x301, 2, 0, 1024, 7, 705, 8));
    const segment = box('moof', box('traf', run));
    const both = new Uint8Array([...segment, ...segment]);
    restoreAacFrameDurations(both);
    const expected = box('moof', box('traf', box('trun', words(0x301, 2, 0, 1024, 7, 1024, 8))));
    expect(both).toEqual(new Uint8Array([...expected, ...expected]));
  });

  it('stay as they are where no durations are given, or where bytes are no MP4', () => {
    const plain = box('moof', box('traf', box('trun', words(0x201, 2, 0, 7, 8))));
    const before = plain.slice();
    restoreAacFrameDurations(plain);
    expect(plain).toEqual(before);
    for (let length = 0; length < 64; length += 1) {
      const cut = box('moof', box('traf', box('trun', words(0x301, 2 ** 31, 0, 1024, 7)))).slice(0, length);
      expect(() => restoreAacFrameDurations(cut)).not.toThrow();
    }
  });
});

describe('rungs', () => {
  const rungs = [{ bandwidth: 64_000 }, { bandwidth: 192_000 }, { bandwidth: 900_000 }];
  it('are chosen by throughput, downward at once and upward with room', () => {
    expect(chooseRung(rungs, null, null, 0)).toBe(rungs[0]);
    expect(chooseRung(rungs, 2_000_000, null, 0)).toBe(rungs[2]);
    expect(chooseRung(rungs, 1_100_000, rungs[1] ?? null, 0)).toBe(rungs[1]);
    expect(chooseRung(rungs, 950_000, rungs[2] ?? null, 5)).toBe(rungs[1]);
    expect(chooseRung(rungs, 950_000, rungs[2] ?? null, 40)).toBe(rungs[2]);
    expect(chooseRung(rungs, 10_000, rungs[2] ?? null, 0)).toBe(rungs[0]);
  });

  it('follow a connection that became slow after one slow transfer', () => {
    const meter = new ThroughputMeter(5_000_000);
    meter.add(144_000, 10_000);
    expect(meter.bitsPerSecond).toBeLessThan(400_000);
    meter.add(100, 5_000);
    expect(meter.bitsPerSecond).toBeLessThan(400_000);
    for (let transfer = 0; transfer < 20; transfer += 1) meter.add(144_000, 60);
    expect(meter.bitsPerSecond).toBeGreaterThan(10_000_000);
  });
});

describe('loudness', () => {
  it('is lowered freely and raised as far as the true peak allows', () => {
    expect(loudnessGain(null)).toBe(1);
    expect(loudnessGain({ trackGainDb: -6, truePeakDbtp: 1 })).toBeCloseTo(0.501, 3);
    expect(loudnessGain({ trackGainDb: 12, truePeakDbtp: -7 })).toBeCloseTo(10 ** (6 / 20), 6);
    expect(loudnessGain({ trackGainDb: 12, truePeakDbtp: 0 })).toBe(1);
  });

  it('stays over an album', () => {
    expect(continuedGain({ trackGainDb: 3, truePeakDbtp: -9 }, 0.5)).toBe(0.5);
    expect(continuedGain({ trackGainDb: 3, truePeakDbtp: -3 }, 2)).toBeCloseTo(10 ** (2 / 20), 6);
  });
});

describe('waiting and reading ahead', () => {
  it('backs off up to 8 s', () => {
    expect([1, 2, 5, 30].map((attempt) => backoffMs(attempt, () => 0))).toEqual([500, 1000, 8000, 8000]);
    expect(backoffMs(1, () => 1)).toBe(375);
  });

  it('keeps 48 MiB, the newest', () => {
    const ahead = new ReadAhead();
    for (let index = 0; index < 6; index += 1) ahead.put(String(index), new Uint8Array(10 * 1024 * 1024));
    expect([0, 1, 2, 5].map((index) => ahead.has(String(index)))).toEqual([false, false, true, true]);
    expect(ahead.take('5')?.byteLength).toBe(10 * 1024 * 1024);
    expect(ahead.has('5')).toBe(false);
  });
});
