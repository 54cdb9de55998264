/** Stands in for the player while its code is loaded: remembers what was begun meanwhile, and has it done. */

import { type CommandResult, EMPTY_STATE, type Player } from './types';

/** What begins to sound. Everything else is about what plays already, and nothing does. */
const BEGINS: ReadonlySet<string> = new Set(['play', 'playTracks', 'playItem', 'resume', 'enqueue', 'playNext']);

type Command = (player: Player) => Promise<CommandResult>;

interface Waiting {
  readonly command: Command;
  readonly settle: (result: CommandResult) => void;
}

export interface WaitingPlayer {
  readonly player: Player;
  /** The player is there: what was begun last is begun by it. */
  handOver(to: Player): void;
}

const NOTHING_DONE: CommandResult = {
  ok: false,
  error: { reason: 'UNEXPECTED', trackId: null, message: null, at: 0, retrying: false },
};

export function waitingPlayer(): WaitingPlayer {
  let waiting: Waiting | null = null;
  let ready: Player | null = null;
  const later = (command: Command): Promise<CommandResult> => {
    if (ready) return command(ready);
    // Who presses twice means the second.
    waiting?.settle(NOTHING_DONE);
    return new Promise((settle) => {
      waiting = { command, settle };
    });
  };
  const here: Partial<Record<string, unknown>> = {
    subscribe: () => () => {},
    getSnapshot: () => EMPTY_STATE,
    positionMs: () => 0,
  };
  const player = new Proxy({} as Player, {
    get: (_target, name: string) => {
      if (here[name]) return here[name];
      if (!BEGINS.has(name)) return () => Promise.resolve(NOTHING_DONE);
      return (...args: unknown[]) =>
        later((to) => (to[name as keyof Player] as (...all: unknown[]) => Promise<CommandResult>)(...args));
    },
  });
  const handOver = (to: Player) => {
    ready = to;
    if (waiting) void waiting.command(to).then(waiting.settle);
    waiting = null;
  };
  return { player, handOver };
}
