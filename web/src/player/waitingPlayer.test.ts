import { expect, test, vi } from 'vitest';

import type { Player } from './types';
import { waitingPlayer } from './waitingPlayer';

test('what was begun before the player was there is begun by it, once', async () => {
  const waiting = waitingPlayer();
  const first = waiting.player.playTracks(['trk_1']);
  const second = waiting.player.play({ kind: 'ALBUM', id: 'alb_1' });
  expect((await waiting.player.next()).ok).toBe(false);
  const play = vi.fn(async () => ({ ok: true }) as const);
  const playTracks = vi.fn(async () => ({ ok: true }) as const);
  waiting.handOver({ play, playTracks } as unknown as Player);
  expect((await first).ok).toBe(false);
  expect((await second).ok).toBe(true);
  expect(play.mock.calls).toEqual([[{ kind: 'ALBUM', id: 'alb_1' }]]);
  expect(playTracks).not.toHaveBeenCalled();
});

test('shows nothing meanwhile, and passes on what comes afterwards', async () => {
  const waiting = waitingPlayer();
  expect(waiting.player.getSnapshot().status).toBe('STOPPED');
  const resume = vi.fn(async () => ({ ok: true }) as const);
  waiting.handOver({ resume } as unknown as Player);
  expect((await waiting.player.resume()).ok).toBe(true);
});
