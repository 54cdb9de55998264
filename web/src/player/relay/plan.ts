/** Plans as the engine takes them, and why there is none. */

import { readInlineData } from 'relay-runtime';

import { PortError } from '../controller/port';
import { MediaError } from '../engine/media';
import type { PlaybackPlan } from '../engine/networkSource';
import type { playerOperations_plan$key } from './__generated__/playerOperations_plan.graphql';
import { planFragment } from './playerOperations';

export function planOf(key: playerOperations_plan$key): PlaybackPlan {
  const plan = readInlineData(planFragment, key);
  const renditions = plan.renditions.map((rendition) => ({ ...rendition, bitrateKbps: rendition.bitrateKbps ?? null }));
  return { ...plan, url: String(plan.url), loudness: plan.loudness ?? null, renditions };
}

/** What the engine does about it depends on why no plan came; what is no failure of the API stays as it is. */
export function toMediaError(error: unknown): unknown {
  if (!(error instanceof PortError)) return error;
  const reason =
    error.kind === 'OFFLINE' ? 'OFFLINE' : error.kind === 'SIGNED_OUT' ? 'SIGNED_OUT' : 'MEDIA_UNAVAILABLE';
  return new MediaError(reason, error.kind !== 'SIGNED_OUT', error.message, { cause: error });
}
