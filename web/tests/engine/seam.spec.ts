/** Two halves of one wave as two tracks: what sounds must be the whole wave, to the sample. */

import { concat, measureSeam, samplesOf } from './support/analysis';
import { decode } from './support/encode';
import { TONES_44, TONES_48, expect, play, plays, test } from './support/fixtures';
import type { MediaServer } from './support/server';

/** Against FFmpeg's decoder, full scale being 1. Chromium scales 16 bits by 32767, FFmpeg by 32768. */
const AAC_MAX_ERROR = 1e-6;
const FLAC_MAX_ERROR = 1 / 32_768;
/**
 * Firefox cuts inside of frames too, but counts time in microseconds: at a seam up to two samples are missing or doubled, 45 µs.
 * It decodes a track's first AAC frame without the one before, which was cut: up to there its wave is not exact.
 */
const FIREFOX_MAX_GAP = 2.1;
const FIREFOX_MAX_ERROR = 0.15;

for (const { name, tones, maxError } of [
  { name: 'aac44', tones: TONES_44, maxError: AAC_MAX_ERROR },
  { name: 'aac48', tones: TONES_48, maxError: AAC_MAX_ERROR },
  { name: 'flac44', tones: TONES_44, maxError: FLAC_MAX_ERROR },
  { name: 'flac48', tones: TONES_48, maxError: FLAC_MAX_ERROR },
]) {
  test(`no sample is missing or doubled between two tracks: ${name}`, { tag: '@firefox' }, async ({ tab, server, firefox }) => {
    await tab.evaluate((rate) => {
      // The device's rate may be another; a conversion would not be the engine's doing.
      const Context = globalThis.AudioContext;
      globalThis.AudioContext = class extends Context {
        constructor(options?: AudioContextOptions) {
          super({ ...options, sampleRate: rate });
        }
      };
    }, tones.rate);
    await play(tab, [`${name}-a`, `${name}-b`], 11_500);
    await tab.waitForFunction(() => player.engine.graph.running !== null);
    await tab.evaluate(() => player.recorder.start());
    await plays(tab, `${name}-b`, 2_500);
    const recording = samplesOf(await tab.evaluate(() => player.recorder.take()));
    const halves = await Promise.all(['a', 'b'].map((half) => reference(server, `${name}-${half}`)));
    const figures = measureSeam(recording, concat(halves), tones);
    console.log(name, figures);
    expect(Math.abs(figures.gap)).toBeLessThan(firefox ? FIREFOX_MAX_GAP : 0.05);
    expect(figures.maxError).toBeLessThan(firefox ? FIREFOX_MAX_ERROR : maxError);
    const events = await tab.evaluate(() => player.events.filter((event) => event.type !== 'trouble'));
    expect(events.map(({ type, key }) => [type, key])).toEqual([['track', `${name}-b`]]);
  });
}

function reference(server: MediaServer, track: string): Promise<Float32Array> {
  const rendition = server.tracks.get(track)?.renditions[0];
  if (!rendition) throw new Error(`there is no track ${track}`);
  return decode(rendition);
}
