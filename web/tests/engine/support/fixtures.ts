/** What the engine's tests share: a server with encoded tones, and a page that holds an engine. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from '@playwright/test';

import type { Page } from '../page/main';
import { type Tones, waveOf } from './analysis';
import { type Recording, encode } from './encode';
import { MediaServer } from './server';
import { chromiumTabs, firefoxTabs, type Tab, type Tabs } from './tab';

declare global {
  // The page's side of these tests.
  var create: Page['create'];
  var player: Page['player'];
}

export const TONES_44: Tones = { rate: 44_100, highHz: 442, lowHz: 13 };
export const TONES_48: Tones = { rate: 48_000, highHz: 442, lowHz: 13 };
/** About 14 s, so that a track has three segments, the last of them short; no multiple of any frame. */
const HALF_44 = 44_100 * 14 + 777;
const HALF_48 = 48_000 * 14 + 333;

/** Two halves of one wave as two tracks. */
export function halves(name: string, tones: Tones, renditions: Recording['renditions']): Recording[] {
  const half = tones.rate === 44_100 ? HALF_44 : HALF_48;
  const shared = { rate: tones.rate, wave: waveOf(tones), renditions };
  return [
    { ...shared, name: `${name}-a`, from: 0, to: half },
    { ...shared, name: `${name}-b`, from: half, to: 2 * half },
  ];
}

export interface WorkerOptions {
  /** The program of the Firefox in which the tests run; null: they run in Chromium. */
  firefox: string | null;
}

interface WorkerFixtures extends WorkerOptions {
  media: MediaServer;
  tabs: Tabs;
}

export const test = base.extend<{ tab: Tab; server: MediaServer }, WorkerFixtures>({
  firefox: [null, { option: true, scope: 'worker' }],
  tabs: [
    async ({ playwright, launchOptions, firefox }, use) => {
      const tabs = firefox ? await firefoxTabs(firefox) : await chromiumTabs(playwright, launchOptions);
      await use(tabs);
      await tabs.close();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  media: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern.
    async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), 'polyphony-engine-'));
      const media = await MediaServer.start();
      for (const recording of [
        ...halves('both', TONES_44, ['aac-64', 'aac-192', 'flac']),
        ...halves('aac44', TONES_44, ['aac-128']),
        ...halves('flac44', TONES_44, ['flac']),
        ...halves('aac48', TONES_48, ['aac-128']),
        ...halves('flac48', TONES_48, ['flac']),
      ])
        media.add(await encode(recording, folder));
      await use(media);
      await media.stop();
      await rm(folder, { recursive: true, force: true });
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  server: async ({ media }, use) => {
    media.isDown = media.byteRanges = false;
    media.bytesPerSecond = 0;
    media.encoded.clear();
    media.missing.clear();
    media.hanging.clear();
    media.damaged.clear();
    media.segments.length = 0;
    await use(media);
  },
  tab: async ({ tabs, server }, use) => {
    const errors: string[] = [];
    const tab = await tabs.open();
    tab.onError((error) => errors.push(String(error.stack ?? error)));
    await tab.goto(server.origin);
    await tab.waitForFunction(() => 'create' in globalThis);
    await use(tab);
    await tab.close();
    if (errors.length > 0) throw new Error(`the page threw: ${errors.join('\n')}`);
  },
});

export const { expect } = test;

export type Setup = Parameters<Page['create']>[0] & { codecs?: ('AAC' | 'FLAC')[]; changeType?: boolean; native?: boolean };

/** Makes the page's engine and starts tracks at a position, sounding; a track's key is its name. */
export async function play(tab: Tab, names: string[], positionMs: number, setup: Setup = {}): Promise<void> {
  await tab.evaluate(
    async ([tracks, position, { codecs = ['AAC', 'FLAC'], changeType, native, ...settings }]) => {
      globalThis.player = await create(settings, codecs, changeType, native);
      const { engine } = player;
      engine.start(tracks.map((name) => ({ key: name, trackId: name, albumId: null })), position);
      engine.play();
    },
    [names, positionMs, setup] as [string[], number, Setup],
  );
}

/** Waits until the engine plays this track at this position or behind it. */
export async function plays(tab: Tab, key: string, atMs: number, timeout = 20_000): Promise<void> {
  await tab.waitForFunction(
    ([wanted, ms]) => {
      const position = player.engine.position();
      return player.engine.status === 'PLAYING' && position?.key === wanted && position.positionMs >= ms;
    },
    [key, atMs] as const,
    { timeout, polling: 50 },
  );
}
