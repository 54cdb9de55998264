import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '@playwright/test';

/** A folder of the test file that calls it, which is gone when its tests have ended. */
export function ownFolder(): { readonly path: (name: string) => string } {
  let folder = '';
  test.beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'polyphony-flow-'));
  });
  test.afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { path: (name) => join(folder, name) };
}

/** Six seconds of a tone with tags, as a file; gives its path. */
export function tone(path: string, frequency: number, tags: Readonly<Record<string, string>>): string {
  const metadata = Object.entries(tags).flatMap(([tag, value]) => ['-metadata', `${tag}=${value}`]);
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `sine=f=${frequency}:d=6`, ...metadata, path]);
  return path;
}
