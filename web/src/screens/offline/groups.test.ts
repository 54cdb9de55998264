import { expect, it } from 'vitest';

import type { OfflineTrack } from '../../offline/database';
import { groupByAlbum } from './groups';

function saved(trackId: string, albumId: string | null, savedAt: number): OfflineTrack {
  const album = albumId === null ? null : { id: albumId, title: `Album ${albumId}`, coverUrl: null };
  const meta = { id: trackId, title: trackId, artists: [], album, durationMs: 1, explicit: false, playable: true };
  const gapless = { encoderDelay: 0, padding: 0, sampleRateHz: 48_000, totalSamples: 1 };
  const rendition = {
    name: 'a',
    codec: 'AAC',
    bitrateKbps: 64,
    lossless: false,
    gapless,
  } as unknown as OfflineTrack['rendition'];
  return { trackId, meta, rendition, durations: [], durationMs: 1, loudness: null, sizeBytes: 10, savedAt };
}

it('puts albums together, the newest first, each in its own order', () => {
  const groups = groupByAlbum([saved('b2', 'B', 4), saved('a1', 'A', 1), saved('x', null, 2), saved('b1', 'B', 3)]);
  expect(groups.map(({ id, sizeBytes }) => [id, sizeBytes])).toEqual([
    ['B', 20],
    ['', 10],
    ['A', 10],
  ]);
  expect(groups[0]?.tracks.map(({ trackId }) => trackId)).toEqual(['b1', 'b2']);
});
