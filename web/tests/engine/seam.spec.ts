/** Two halves of one wave as two tracks: what sounds must be the whole wave, to the sample. */

import { measureSeam, samplesOf } from './support/analysis';
import { TONES_44, TONES_48, expect, play, plays, test } from './support/fixtures';

/** What AAC itself changes of the wave at the edges of two files that were encoded apart. */
const AAC_MAX_ERROR = 0.2;
/** Steps of 16 bits. */
const FLAC_MAX_ERROR = 2 / 32_768;

for (const { name, tones, maxError } of [
  { name: 'aac44', tones: TONES_44, maxError: AAC_MAX_ERROR },
  { name: 'aac48', tones: TONES_48, maxError: AAC_MAX_ERROR },
  { name: 'flac44', tones: TONES_44, maxError: FLAC_MAX_ERROR },
  { name: 'flac48', tones: TONES_48, maxError: FLAC_MAX_ERROR },
]) {
  test(`no sample is missing or doubled between two tracks: ${name}`, async ({ page }) => {
    await page.evaluate((rate) => {
      // The device's rate may be another; a conversion would not be the engine's doing.
      const Context = globalThis.AudioContext;
      globalThis.AudioContext = class extends Context {
        constructor(options?: AudioContextOptions) {
          super({ ...options, sampleRate: rate });
        }
      };
    }, tones.rate);
    await play(page, [`${name}-a`, `${name}-b`], 11_500);
    await page.waitForFunction(() => player.engine.graph.running !== null);
    await page.evaluate(() => player.recorder.start());
    await plays(page, `${name}-b`, 2_500);
    const recording = samplesOf(await page.evaluate(() => player.recorder.take()));
    const figures = measureSeam(recording, tones);
    console.log(name, figures);
    expect(Math.abs(figures.gap)).toBeLessThan(0.05);
    expect(figures.maxError).toBeLessThan(maxError);
    const events = await page.evaluate(() => player.events.filter((event) => event.type !== 'trouble'));
    expect(events.map(({ type, key }) => [type, key])).toEqual([['track', `${name}-b`]]);
  });
}
