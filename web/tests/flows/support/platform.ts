import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type APIRequestContext, expect } from '@playwright/test';

import { ask, change, otherDevice, type Person } from './people';

/** The platform from behind: the one whose pages are tested. `cargo xtask test` sets both variables. */
const DATA = process.env.POLYPHONY_DATA;
const XTASK = process.env.XTASK_BIN ?? 'target/debug/xtask';

function folder(): string {
  if (!DATA) throw new Error('POLYPHONY_DATA must name the data folder of the platform');
  return DATA;
}

interface Part {
  readonly name: string;
  readonly pid: number | null;
  readonly health: string;
}

async function part(name: string): Promise<Part> {
  // It ends with a code of its own while a part is down, and prints the report all the same.
  const { stdout } = await promisify(execFile)(XTASK, ['status', '--json', '--data', folder()]).catch((error: { stdout: string }) => error);
  const { parts } = JSON.parse(stdout) as { parts: Part[] };
  const found = parts.find((one) => one.name === name);
  if (!found) throw new Error(`no part is called ${name}`);
  return found;
}

/** Ends a service at once, as a power failure would, and keeps it down until `release`. */
export async function hold(name: string): Promise<void> {
  const { pid } = await part(name);
  if (!pid) throw new Error(`${name} does not run`);
  await writeFile(join(folder(), 'hold', name), '');
  process.kill(pid, 'SIGKILL');
}

/** Lets a service start again, and waits until it is ready. */
export async function release(name: string): Promise<void> {
  await rm(join(folder(), 'hold', name), { force: true });
  await expect.poll(async () => (await part(name)).health, { timeout: 60_000 }).toBe('ready');
}

/** The first admin, who owns the music of the demo. */
export async function admin(): Promise<Person> {
  const { email, password } = JSON.parse(await readFile(join(folder(), 'admin.json'), 'utf8')) as { email: string; password: string };
  return { name: 'Admin', handle: 'admin', email, password };
}

/** The first listener of the demo, with likes, a history and playlists. */
export async function listener(): Promise<Person> {
  const [ada] = JSON.parse(await readFile(join(folder(), 'demo-listeners.json'), 'utf8')) as Person[];
  if (!ada) throw new Error('the platform has no demo: start it with --demo');
  return ada;
}

/** Makes somebody a creator. It shows when they sign in the next time. */
export async function promote(request: APIRequestContext, person: Person): Promise<void> {
  const token = await otherDevice(request, person);
  const { viewer } = await ask<{ viewer: { user: { id: string } } }>(request, '{ viewer { user { id } } }', {}, token);
  const query = 'mutation ($user: ID!) { setUserRole(userId: $user, role: CREATOR) { userErrors { message } } }';
  await change(request, query, { user: viewer.user.id }, await otherDevice(request, await admin()));
}
