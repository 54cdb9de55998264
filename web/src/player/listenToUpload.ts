/** Plays one upload beside the queue, before there is a track of it: its beginning is there while the rest is being encoded. */

import type { Environment } from 'relay-runtime';

import { detectCapabilities } from './engine/capabilities';
import { Engine } from './engine/engine';
import { NetworkSource } from './engine/networkSource';
import { ThroughputMeter } from './engine/throughput';
import { UploadPlans } from './relay/uploadPlans';

/** Begins at once; `over` is called when it has ended by itself, or cannot be played. Gives what ends it. */
export function listenToUpload(environment: Environment, uploadId: string, over: () => void): () => void {
  const capabilities = detectCapabilities();
  const hls = capabilities.mediaSource !== null || capabilities.nativeHls;
  const meter = new ThroughputMeter();
  const plans = new UploadPlans(environment, capabilities.codecs, hls);
  const source = new NetworkSource({ plans, codecs: capabilities.codecs, meter });
  const nothing = () => {};
  const listener = {
    trackChanged: nothing,
    trackFailed: over,
    trouble: nothing,
    ended: over,
    interrupted: over,
    autoplayBlocked: over,
    noOutput: over,
    changed: nothing,
  };
  const engine = new Engine(listener, { source, meter, capabilities });
  engine.unlock();
  engine.start([{ key: uploadId, trackId: uploadId, albumId: null }]);
  engine.play();
  return () => void engine.dispose();
}
