/** Puts the player together: engine, sources, controller and the system's keys, for who is signed in. */

import type { Environment } from 'relay-runtime';

import { CacheSource, OfflineFirstSource } from '../offline/cacheSource';
import { OfflineDatabase } from '../offline/database';
import { DownloadManager } from '../offline/downloads';
import { SegmentCache } from '../offline/segmentCache';
import { reportDrift } from '../party/driftReport';
import { sendDrift } from '../party/sendDrift';
import type { LiveSocket } from '../relay/socket';
import { PlayerController } from './controller/controller';
import { deviceName, identifyTab } from './controller/device';
import { detectCapabilities } from './engine/capabilities';
import { Engine, type EngineSettings } from './engine/engine';
import { NetworkSource } from './engine/networkSource';
import { ThroughputMeter } from './engine/throughput';
import { connectMediaSession } from './mediaSession';
import { RelayPort } from './relay/relayPort';
import type { Player } from './types';

const THROUGHPUT_KEY = 'polyphony.throughput';
const SAVE_THROUGHPUT_MS = 30_000;

export interface PlayerSetup {
  readonly environment: Environment;
  readonly socket: LiveSocket;
  readonly settings: EngineSettings;
  /** The most that an offline song may take, kbit/s; null: the best. */
  readonly maxOfflineKbps: () => number | null;
}

export interface CreatedPlayer {
  readonly player: Player & Pick<PlayerController, 'syncFigures'>;
  readonly downloads: DownloadManager;
  /** Changes crossfade, loudness and data saving; holds from the next track on. */
  setSettings(settings: EngineSettings): void;
  /** Listens to what sounds in this tab, for a picture of it; null where or while that is not possible. */
  analyser(): AnalyserNode | null;
  /** Silence, and nothing left in memory. Sign-out calls it before it clears the browser's storage. */
  dispose(): Promise<void>;
}

/** Makes the player of this tab and starts it. One at a time. */
export async function createPlayer(setup: PlayerSetup): Promise<CreatedPlayer> {
  const capabilities = detectCapabilities();
  const hls = capabilities.mediaSource !== null || capabilities.nativeHls;
  const port = new RelayPort(setup.environment, setup.socket, capabilities.codecs, hls);
  const meter = new ThroughputMeter(Number(localStorage.getItem(THROUGHPUT_KEY)) || null);
  const network = new NetworkSource({ plans: port, codecs: capabilities.codecs, meter });
  const [database, cache] = [new OfflineDatabase(), new SegmentCache()];
  const source = new OfflineFirstSource(new CacheSource(database, cache), network);
  const { installationId, release } = await identifyTab(
    { local: localStorage, session: sessionStorage },
    navigator.locks,
  );
  let engine: Engine | null = null;
  const player = new PlayerController({
    port,
    outbox: database,
    identity: { installationId, name: deviceName(), release },
    engine: (listener) => {
      engine = new Engine(listener, { source, meter, capabilities, settings: setup.settings });
      return engine;
    },
  });
  const downloads = new DownloadManager({ database, cache, network, maxKbps: setup.maxOfflineKbps });
  const saving = setInterval(() => saveThroughput(meter), SAVE_THROUGHPUT_MS);
  const disconnect = 'mediaSession' in navigator ? connectMediaSession(player) : () => {};
  const known = new Set<string>();
  downloads.subscribe(() => {
    const metas = downloads.getSnapshot().tracks.flatMap(({ meta }) => (meta && !known.has(meta.id) ? [meta] : []));
    for (const { id } of metas) known.add(id);
    if (metas.length > 0) player.learn(metas);
  });
  const stopReports = reportDrift(
    {
      sessionId: () => player.getSnapshot().listeningSessionId,
      offByMs: () => (player.getSnapshot().status === 'PLAYING' ? (player.syncFigures()?.offByMs ?? null) : null),
    },
    (sessionId, offsetMs) => sendDrift(setup.environment, sessionId, offsetMs),
  );
  player.start();
  void downloads.load().catch(() => {});
  return {
    player,
    downloads,
    setSettings: (settings) => {
      if (engine) engine.settings = settings;
    },
    analyser: () => engine?.graph.analyser() ?? null,
    dispose: async () => {
      clearInterval(saving);
      disconnect();
      stopReports();
      await Promise.all([player.dispose(), downloads.dispose()]);
    },
  };
}

function saveThroughput(meter: ThroughputMeter): void {
  if (meter.bitsPerSecond !== null) localStorage.setItem(THROUGHPUT_KEY, String(Math.round(meter.bitsPerSecond)));
}
