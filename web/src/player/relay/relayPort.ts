/** The API for the controller and the engine, over a Relay environment. Screens that read the same records see them change. */

import { type Environment, type GraphQLTaggedNode, readInlineData, requestSubscription } from 'relay-runtime';

import type { LiveSocket } from '../../relay/socket';
import {
  type CommandName,
  type FrameSink,
  type GraphQLPort,
  type OperationName,
  type Operations,
  type PlaybackFrame,
  PortError,
} from '../controller/port';
import type { Codec } from '../engine/media';
import type { PlanPort, PlaybackPlan } from '../engine/networkSource';
import type { Connection, TrackMeta } from '../types';
import type { playerOperations_device$key } from './__generated__/playerOperations_device.graphql';
import type { playerOperations_frame$key } from './__generated__/playerOperations_frame.graphql';
import type { playerOperations_payload$key } from './__generated__/playerOperations_payload.graphql';
import type { playerOperations_track$key } from './__generated__/playerOperations_track.graphql';
import type { playerOperationsChangedSubscription } from './__generated__/playerOperationsChangedSubscription.graphql';
import type { playerOperationsPlanQuery } from './__generated__/playerOperationsPlanQuery.graphql';
import type { playerOperationsPlaybackQuery } from './__generated__/playerOperationsPlaybackQuery.graphql';
import type { playerOperationsQueueQuery } from './__generated__/playerOperationsQueueQuery.graphql';
import type { playerOperationsRegisterMutation } from './__generated__/playerOperationsRegisterMutation.graphql';
import type { playerOperationsServerTimeQuery } from './__generated__/playerOperationsServerTimeQuery.graphql';
import { contextTracks } from './contextTracks';
import { mutate, query, toPortError } from './execute';
import { planOf, toMediaError } from './plan';
import { acknowledgeTransfer, COMMANDS, reportPlay } from './playerCommands';
import * as documents from './playerOperations';
import { playRequest } from './playRequest';

const CONNECTIONS = { live: 'LIVE', connecting: 'RECONNECTING', offline: 'OFFLINE' } as const satisfies Record<
  string,
  Connection
>;

export class RelayPort implements GraphQLPort, PlanPort {
  constructor(
    readonly environment: Environment,
    readonly socket: LiveSocket,
    readonly codecs: readonly Codec[],
    readonly hls: boolean,
  ) {}

  async execute<N extends OperationName>(
    name: N,
    variables: Operations[N]['variables'],
  ): Promise<Operations[N]['data']> {
    return (await this.#execute(name, variables as never)) as Operations[N]['data'];
  }

  playbackChanged(deviceId: string, sink: FrameSink): () => void {
    const subscription = requestSubscription<playerOperationsChangedSubscription>(this.environment, {
      subscription: documents.changed,
      variables: { deviceId },
      onNext: (data) => {
        const frame = data?.playbackChanged;
        if (frame) sink.next(frameOf(frame));
      },
      onError: (error) => sink.closed(toPortError(error)),
      onCompleted: () => sink.closed(null),
    });
    return () => subscription.dispose();
  }

  connection(): Connection {
    return navigator.onLine ? CONNECTIONS[this.socket.liveness()] : 'OFFLINE';
  }

  onConnection(listener: (connection: Connection) => void): () => void {
    return this.socket.subscribe(() => listener(this.connection()));
  }

  async plan(trackId: string, signal: AbortSignal): Promise<PlaybackPlan | null> {
    const client = { codecs: [...this.codecs, 'MP3' as const], hls: this.hls };
    try {
      const { track } = await query<playerOperationsPlanQuery>(this.environment, documents.plan, { trackId, client });
      signal.throwIfAborted();
      if (!track?.playbackPlan) return null;
      return planOf(track.playbackPlan);
    } catch (error) {
      throw toMediaError(error);
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: `execute` relates names, variables and answers.
  #execute(name: OperationName, variables: any): Promise<unknown> {
    switch (name) {
      case 'playback':
        return this.#playback();
      case 'serverTime':
        return query<playerOperationsServerTimeQuery>(this.environment, documents.serverTime, {}).then(
          (data) => data.serverTime ?? null,
        );
      case 'queuePage':
        return this.#queuePage(variables.after);
      case 'contextTracks':
        return contextTracks(this.environment, variables);
      case 'registerDevice':
        return this.#register(variables);
      case 'acknowledgeTransfer':
        return this.#acknowledge(acknowledgeTransfer, variables);
      case 'reportPlay':
        return this.#acknowledge(reportPlay, { input: variables });
      case 'playRequest':
        return playRequest(this.environment, variables);
      case 'setQueue':
        return this.#command(name, { input: { ...variables, skipUnplayable: true } });
      case 'setPlaybackOptions':
        return this.#command(name, { input: variables });
      default:
        return this.#command(name, variables);
    }
  }

  async #playback(): Promise<PlaybackFrame | null> {
    const { viewer } = await query<playerOperationsPlaybackQuery>(this.environment, documents.playback, {});
    return viewer?.playback ? frameOf(viewer.playback) : null;
  }

  async #queuePage(after: string | null): Promise<Operations['queuePage']['data']> {
    const { viewer } = await query<playerOperationsQueueQuery>(this.environment, documents.queuePage, { after });
    const edges = viewer?.playback?.queue.edges;
    if (!edges) return null;
    const tracks = edges.flatMap(({ node }) => (node.track ? [trackOf(node.track)] : []));
    return { items: edges.map(itemOf), tracks };
  }

  async #register(variables: Operations['registerDevice']['variables']): Promise<Operations['registerDevice']['data']> {
    const mutation = documents.registerDevice;
    const { installationId, name } = variables;
    const { registerDevice } = await mutate<playerOperationsRegisterMutation>(this.environment, mutation, {
      installationId,
      name,
    });
    return { device: deviceOf(registerDevice.device ?? null), userErrors: registerDevice.userErrors };
  }

  async #acknowledge(document: GraphQLTaggedNode, variables: Record<string, unknown>): Promise<unknown> {
    return Object.values((await mutate(this.environment, document, variables)) as Record<string, unknown>)[0];
  }

  async #command(name: CommandName, variables: Record<string, unknown>): Promise<unknown> {
    const [payload] = Object.values(
      (await mutate(this.environment, COMMANDS[name], variables)) as Record<string, playerOperations_payload$key>,
    );
    if (!payload) throw new PortError('UNAVAILABLE', 'the command has no answer');
    const { playback, userErrors } = readInlineData(documents.payloadFragment, payload);
    return { playback: playback ? frameOf(playback) : null, userErrors };
  }
}

function frameOf(key: playerOperations_frame$key): PlaybackFrame {
  const frame = readInlineData(documents.frameFragment, key);
  const { track, playing, activeDevice, transferringTo, changedBy, listeningSession, context, queue, ...same } = frame;
  return {
    ...same,
    durationMs: frame.durationMs ?? null,
    playId: frame.playId ?? null,
    queueIndex: frame.queueIndex ?? null,
    trackId: track?.id ?? playing?.id ?? queue.edges[frame.queueIndex ?? -1]?.node.track?.id ?? null,
    track: track ? trackOf(track) : null,
    activeDevice: deviceOf(activeDevice ?? null),
    transferringTo: deviceOf(transferringTo ?? null),
    changedByDeviceId: changedBy?.id ?? null,
    listeningSessionId: listeningSession?.id ?? null,
    source: context
      ? { kind: context.kind, id: (context.album ?? context.artist ?? context.playlist)?.id ?? null }
      : null,
    requestId: frame.playRequestId ?? null,
    privateUntil: frame.privateUntil ?? null,
    queue: queue.edges.map(itemOf),
    queueLength: queue.totalCount,
  };
}

interface Edge {
  readonly cursor: string;
  readonly node: {
    readonly id: string;
    readonly addedBy: { readonly id: string } | null | undefined;
    readonly track: { readonly id: string } | null | undefined;
  };
}

function itemOf({ cursor, node }: Edge) {
  const { id, addedBy, track } = node;
  return { itemId: id, cursor, trackId: track?.id ?? null, addedBy: addedBy ? { id: addedBy.id } : null };
}

function deviceOf(key: playerOperations_device$key | null) {
  return key && readInlineData(documents.deviceFragment, key);
}

/** A track of which the catalog says nothing (because it is away) has no title here; screens say so. */
export function trackOf(key: playerOperations_track$key): TrackMeta {
  const { id, title, durationMs, explicit, playable, artists, album } = readInlineData(documents.trackFragment, key);
  return {
    id,
    title: title ?? '',
    artists: artists ?? [],
    album: album
      ? { id: album.id, title: album.title, coverUrl: album.coverUrl ? String(album.coverUrl) : null }
      : null,
    durationMs: durationMs ?? 0,
    explicit: explicit ?? false,
    playable: playable ?? null,
  };
}
