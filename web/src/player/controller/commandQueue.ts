/** Sends commands one after the other, each based on the version that the one before has left. */

import type { CommandResult, PlayerError, PlayerErrorReason } from '../types';
import type { CommandName, GraphQLPort, Operations, PlaybackPayload } from './port';
import { PortError } from './port';

const REASONS: Readonly<Record<string, PlayerErrorReason>> = {
  STALE_VERSION: 'STALE',
  NOT_PLAYABLE: 'TRACK_UNAVAILABLE',
  NOT_ALLOWED: 'NOT_ALLOWED',
  DEVICE_UNREACHABLE: 'DEVICE_UNREACHABLE',
};
const PORT_REASONS: Readonly<Record<PortError['kind'], PlayerErrorReason>> = {
  OFFLINE: 'OFFLINE',
  UNAVAILABLE: 'MEDIA_UNAVAILABLE',
  SIGNED_OUT: 'SIGNED_OUT',
  NOT_ALLOWED: 'NOT_ALLOWED',
  UNEXPECTED: 'UNEXPECTED',
};

export function playerError(
  reason: PlayerErrorReason,
  message: string | null = null,
  trackId: string | null = null,
): PlayerError {
  return { reason, trackId, message, at: Date.now(), retrying: false };
}

export function errorOfPort(error: unknown): PlayerError {
  if (error instanceof PortError) return playerError(PORT_REASONS[error.kind], error.message);
  return playerError('UNEXPECTED', String(error));
}

/** How a command ended, for who sent it. */
export interface Outcome {
  readonly result: CommandResult;
  /** No answer came: it may or may not have been done. */
  readonly isLost: boolean;
}

export class CommandQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(
    readonly port: GraphQLPort,
    /** Hears every answer, also the refusals: they bear the newest state. */
    readonly took: (payload: PlaybackPayload) => void,
  ) {}

  /** Commands that were not answered yet. */
  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  /**
   * Executes a command. `variables` is asked when its turn comes. With `stillMeant` a refusal for a stale version is followed
   * by one more attempt, if it says so.
   */
  run<N extends CommandName>(
    name: N,
    variables: () => Operations[N]['variables'],
    stillMeant?: () => boolean,
  ): Promise<Outcome> {
    this.#waiting += 1;
    const turn = this.#last.then(() => this.#attempt(name, variables, stillMeant));
    const settled = turn.finally(() => {
      this.#waiting -= 1;
    });
    this.#last = settled.catch(() => {});
    return settled;
  }

  async #attempt<N extends CommandName>(
    name: N,
    variables: () => Operations[N]['variables'],
    stillMeant?: () => boolean,
  ): Promise<Outcome> {
    try {
      let payload = await this.#execute(name, variables());
      const isStale = payload.userErrors.some(({ code }) => code === 'STALE_VERSION');
      if (isStale && stillMeant?.()) payload = await this.#execute(name, variables());
      const [error] = payload.userErrors;
      if (!error) return { result: { ok: true }, isLost: false };
      const reason = REASONS[error.code] ?? 'UNEXPECTED';
      return { result: { ok: false, error: playerError(reason, error.message) }, isLost: false };
    } catch (error) {
      const isLost = error instanceof PortError && error.isTransient;
      return { result: { ok: false, error: errorOfPort(error) }, isLost };
    }
  }

  async #execute<N extends CommandName>(name: N, variables: Operations[N]['variables']): Promise<PlaybackPayload> {
    const payload = (await this.port.execute(name, variables)) as PlaybackPayload;
    this.took(payload);
    return payload;
  }
}
