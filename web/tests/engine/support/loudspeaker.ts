/** A device that sounds into nothing, for machines that have none: a PulseAudio of the tests' own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const PROGRAM = 'pulseaudio';
const READY_WITHIN_MS = 20_000;

export class Loudspeaker {
  private constructor(
    readonly folder: string,
    readonly process: ChildProcess,
  ) {}

  /** Null where PulseAudio is not installed: then the machine's own device has to do. */
  static async start(): Promise<Loudspeaker | null> {
    if (!(await isInstalled(PROGRAM))) return null;
    const folder = await mkdtemp(join(tmpdir(), 'polyphony-sound-'));
    const socket = join(folder, 'socket');
    const modules = ['module-null-sink', `module-native-protocol-unix socket=${socket} auth-anonymous=1`];
    const options = ['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disallow-exit'];
    const child = spawn(PROGRAM, [...options, ...modules.flatMap((module) => ['-L', module])], {
      stdio: 'ignore',
      env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder },
    });
    const loudspeaker = new Loudspeaker(folder, child);
    for (const until = Date.now() + READY_WITHIN_MS; !(await exists(socket)); ) {
      if (child.exitCode !== null || Date.now() > until) {
        await loudspeaker.stop();
        throw new Error('PulseAudio does not start');
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return loudspeaker;
  }

  /** What a program has to be started with to sound here. */
  get environment(): Record<string, string> {
    return { PULSE_SERVER: `unix:${join(this.folder, 'socket')}` };
  }

  async stop(): Promise<void> {
    this.process.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const exists = (path: string) => access(path).then(
  () => true,
  () => false,
);

async function isInstalled(program: string): Promise<boolean> {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return (await Promise.all(folders.map((folder) => exists(join(folder, program))))).some(Boolean);
}
