/** Offline songs in the page of the engine's tests. */

import { CacheSource, OfflineFirstSource } from '../../../src/offline/cacheSource';
import { OfflineDatabase } from '../../../src/offline/database';
import { DownloadManager } from '../../../src/offline/downloads';
import { SegmentCache } from '../../../src/offline/segmentCache';
import { clearPersonalStorage } from '../../../src/session/storage';
import type { SegmentSource } from '../../../src/player/engine/media';

/** A download manager over the test's server, and a source that prefers what it has stored. */
export function createOffline(network: SegmentSource) {
  const [database, cache] = [new OfflineDatabase(), new SegmentCache()];
  const downloads = new DownloadManager({ database, cache, network, maxKbps: () => null });
  const source = new OfflineFirstSource(new CacheSource(database, cache), network);
  return { database, cache, downloads, source, clearPersonalStorage };
}
