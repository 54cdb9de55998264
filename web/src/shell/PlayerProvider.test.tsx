import { act, cleanup, render } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';

import type { PlayerSetup } from '../player/createPlayer';
import { setPreferences } from '../preferences/preferences';

const setSettings = vi.fn();
const createPlayer = vi.fn(async (_: PlayerSetup) => ({ player: {}, setSettings, dispose: async () => {} }));

vi.mock('../player/createPlayer', () => ({ createPlayer }));
vi.mock('../session', () => ({ session: { onSignOut: () => () => {} } }));
vi.mock('../session/SessionProvider', () => ({ useSocket: () => 'socket' }));
vi.mock('react-relay', () => ({ useRelayEnvironment: () => 'environment' }));

afterEach(cleanup);

test('the player gets how this browser wants to be played to, at once and with each change', async () => {
  setPreferences({ crossfadeS: 3, normalizesLoudness: false, savesData: false, offlineKbps: 192 });
  const { PlayerProvider } = await import('./PlayerProvider');
  render(<PlayerProvider>{null}</PlayerProvider>);
  await vi.waitFor(() => expect(createPlayer).toHaveBeenCalled());
  const setup = createPlayer.mock.calls[0]?.[0];
  expect(setup?.settings).toEqual({ crossfadeS: 3, normalizeLoudness: false, saveData: false });
  expect(setup?.maxOfflineKbps()).toBe(192);
  await act(async () => {});
  act(() => setPreferences({ crossfadeS: 0, normalizesLoudness: true, savesData: true, offlineKbps: null }));
  expect(setSettings).toHaveBeenLastCalledWith({ crossfadeS: 0, normalizeLoudness: true, saveData: true });
  expect(setup?.maxOfflineKbps()).toBeNull();
});
