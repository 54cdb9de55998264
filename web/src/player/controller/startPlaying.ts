/**
 * Begins to play something. Media knows the tracks of albums and artists; a playlist and the liked tracks are made the queue by the service that
 * keeps them, which may be a second later. What neither can do is done with the ids of the tracks, which are read first.
 */

import type { CommandResult, PlayContext, PlaySource, PlayStart, PlayWay } from '../types';
import { errorOfPort } from './commandQueue';
import type { Patch, Playback } from './playback';
import type { Operations } from './port';

const MAX_QUEUE = 10_000;
/** So many tracks of a new queue are made known to the engine before the server has answered. */
const ANNOUNCED = 5;

type Named = Exclude<PlayContext, { kind: 'TRACKS' }>;

export interface TracksStart {
  /** The place in the list; null: the first, or any of a shuffled queue. */
  readonly startAt: number | null;
  readonly source: PlaySource | null;
}

export async function playContext(
  core: Playback,
  context: PlayContext,
  start: PlayStart | null,
  way: PlayWay | null,
): Promise<CommandResult> {
  if (soundsHere(core)) core.playhead.engine.unlock();
  const startAt = start?.index ?? null;
  const shuffle =
    way === null || way.shuffle === (core.shown()?.shuffle ?? false) ? null : setShuffle(core, way.shuffle);
  // Media gets commands in their order; the service that makes these queues itself must find the order set.
  if (shuffle && (context.kind === 'PLAYLIST' || context.kind === 'LIKED')) await shuffle;
  if (context.kind === 'TRACKS') return playTracks(core, context.trackIds, { startAt, source: context.source ?? null });
  const source = sourceOf(context);
  let done: CommandResult | null = null;
  if (source.kind === 'ALBUM' || source.kind === 'ARTIST') done = await playCatalog(core, source, start);
  if (source.kind === 'PLAYLIST' || source.kind === 'LIKED_TRACKS') done = await playRequested(core, source, start);
  return done ?? (await playIds(core, context, startAt));
}

export async function playTracks(
  core: Playback,
  trackIds: readonly string[],
  { startAt, source }: TracksStart,
): Promise<CommandResult> {
  core.ensureFrame();
  const shown = core.shown();
  // A shuffled queue begins anywhere, and only the server knows where.
  const index = startAt ?? (shown?.shuffle && trackIds.length > 1 ? null : 0);
  const trackId = index === null ? undefined : trackIds[index];
  const isBegun = begin(core, trackId, trackIds.slice((index ?? 0) + 1, (index ?? 0) + 1 + ANNOUNCED));
  const queue = { trackIds, context: source, startIndex: index, startTrackId: null };
  const variables = () => ({ ...queue, startPositionMs: 0, play: true, deviceId: core.registeredId });
  const outcome = await core.send('setQueue', variables, startPatch(core, trackId, source));
  if (!outcome.isLost || !isBegun || trackId === undefined) return core.settle(outcome);
  core.untold = { trackIds };
  core.keepLocalQueue(trackIds, index ?? 0);
  core.plays.begin(trackId);
  return { ok: true };
}

/** Not settled: without a network the music plays all the same. */
async function setShuffle(core: Playback, shuffle: boolean): Promise<void> {
  await core.send('setPlaybackOptions', () => ({ shuffle, deviceId: core.registeredId }), { shuffle });
}

/** An album, or all of an artist. Null: media does not know it; the catalog may. */
async function playCatalog(core: Playback, source: PlaySource, start: PlayStart | null): Promise<CommandResult | null> {
  core.ensureFrame();
  const startTrackId = start?.trackId ?? null;
  begin(core, startTrackId, []);
  const queue = { trackIds: null, context: source, startIndex: null, startTrackId };
  const variables = () => ({ ...queue, startPositionMs: 0, play: true, deviceId: core.registeredId });
  const outcome = await core.send('setQueue', variables, startPatch(core, startTrackId, source));
  const isUnknown = !outcome.isLost && !outcome.result.ok && outcome.result.error.reason === 'UNEXPECTED';
  return isUnknown ? null : core.settle(outcome);
}

/** Null: the request was refused or lost, or its queue did not come. */
async function playRequested(
  core: Playback,
  source: PlaySource,
  start: PlayStart | null,
): Promise<CommandResult | null> {
  core.ensureFrame();
  const playlistId = source.id;
  const startTrackId = start?.trackId ?? null;
  begin(core, startTrackId, []);
  const variables = {
    playlistId,
    startItemId: (playlistId !== null && start?.itemId) || null,
    startTrackId,
    deviceId: core.registeredId,
  };
  const ask = async () => (await core.options.port.execute('playRequest', variables)).requestId;
  const patch = startPatch(core, startTrackId, source);
  const isDone = await core.request(ask, patch).catch(() => false);
  return isDone ? { ok: true } : null;
}

/** Reads the ids of the tracks, and plays those. */
async function playIds(core: Playback, context: Named, startAt: number | null): Promise<CommandResult> {
  const key = context.kind === 'LIKED' ? '' : context.kind === 'SEARCH' ? context.query : context.id;
  const trackIds: string[] = [];
  try {
    for (let after: string | null = null; ; ) {
      const variables: Operations['contextTracks']['variables'] = { kind: context.kind, key, after };
      const page = await core.options.port.execute('contextTracks', variables);
      trackIds.push(...page.trackIds);
      after = page.next;
      if (after === null || trackIds.length >= MAX_QUEUE) break;
    }
  } catch (error) {
    return core.fail(errorOfPort(error));
  }
  return playTracks(core, trackIds.slice(0, MAX_QUEUE), { startAt, source: sourceOf(context) });
}

/** Lets a track sound before the server has answered, when it is to sound here; gives whether it does. */
function begin(core: Playback, trackId: string | null | undefined, following: readonly string[]): boolean {
  if (!soundsHere(core)) return false;
  if (trackId == null) {
    core.playhead.expectRestart();
    return false;
  }
  core.playhead.begin(core.playhead.slot({ trackId, itemId: null }), 0, true);
  core.playhead.announce(following);
  return true;
}

/** Whether what begins now sounds in this tab. */
function soundsHere(core: Playback): boolean {
  const shown = core.shown();
  return (!shown?.activeDevice || core.isHere) && !shown?.listeningSessionId;
}

/** What will be shown until the frame comes. */
function startPatch(core: Playback, trackId: string | null | undefined, source: PlaySource | null): Patch {
  if (trackId == null) return {};
  const activeDevice = core.shown()?.activeDevice ?? core.device;
  return { ...core.anchored({ state: 'PLAYING' }, 0), trackId, track: null, durationMs: null, activeDevice, source };
}

function sourceOf(context: Named): PlaySource {
  switch (context.kind) {
    case 'LIKED':
      return { kind: 'LIKED_TRACKS', id: null };
    case 'SEARCH':
      return { kind: 'SEARCH', id: null };
    default:
      return { kind: context.kind, id: context.id };
  }
}
