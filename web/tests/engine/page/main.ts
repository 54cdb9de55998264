/** The page of the engine's tests: the engine as it is, a source over the test's server, and a recorder of what sounds. */

import { detectCapabilities } from '../../../src/player/engine/capabilities';
import { Engine, type EngineSettings, DEFAULT_SETTINGS } from '../../../src/player/engine/engine';
import { MediaError } from '../../../src/player/engine/media';
import { NetworkSource, type PlaybackPlan } from '../../../src/player/engine/networkSource';
import { ThroughputMeter } from '../../../src/player/engine/throughput';
import { createOffline } from './offline';
import { Recorder } from './recorder';

export interface Event {
  readonly at: number;
  readonly type: string;
  readonly key?: string;
  readonly reason?: string | null;
}

async function plan(trackId: string, signal: AbortSignal): Promise<PlaybackPlan | null> {
  let response: Response;
  try {
    response = await fetch(`/plan/${trackId}`, { signal });
  } catch (cause) {
    throw new MediaError('MEDIA_UNAVAILABLE', true, 'no plan', { cause });
  }
  return response.status === 404 ? null : response.json();
}

/** Makes an engine. `codecs`: only these are decoded. */
async function create(
  settings: Partial<EngineSettings>,
  codecs: readonly ('AAC' | 'FLAC')[],
  changeType = true,
  native = false,
) {
  const detected = detectCapabilities();
  const mediaSource = native ? null : detected.mediaSource;
  const capabilities = { ...detected, mediaSource, changeType, codecs: detected.codecs.filter((codec) => codecs.includes(codec)) };
  const meter = new ThroughputMeter(5_000_000);
  const network = new NetworkSource({ plans: { plan }, codecs: capabilities.codecs, meter });
  const offline = createOffline(network);
  const events: Event[] = [];
  const log = (type: string, key?: string, reason?: string | null) =>
    void events.push({ at: performance.now(), type, key, reason });
  const engine = new Engine(
    {
      trackChanged: (key) => log('track', key),
      trackFailed: (track, error) => log('failed', track.key, error.reason),
      trouble: (error) => log('trouble', undefined, error?.reason ?? null),
      ended: () => log('ended'),
      interrupted: () => log('interrupted'),
      autoplayBlocked: () => log('blocked'),
      noOutput: () => log('noOutput'),
      changed: () => {},
    },
    { source: offline.source, meter, capabilities, settings: { ...DEFAULT_SETTINGS, ...settings } },
  );
  return { engine, events, offline, recorder: new Recorder(engine) };
}

const api = { create };
export type Page = typeof api & { player: Awaited<ReturnType<typeof create>> };
Object.assign(globalThis, api);
