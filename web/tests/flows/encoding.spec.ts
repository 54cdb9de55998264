/** A file is heard while it is being encoded. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';

import { newcomer, signedIn } from './support/people';
import { promote } from './support/platform';

let folder = '';
test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyphony-encoding-'));
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Ten minutes of noise and a tone: some time of encoding. */
function long(): string {
  const path = join(folder, 'long.flac');
  const source = 'anoisesrc=d=600:a=0.2:r=44100,asplit[a][b];[a][b]amerge';
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, '-metadata', 'title=Long', path]);
  return path;
}

test('an upload sounds seconds after its last byte, while its renditions are made', async ({ browser, request }) => {
  test.setTimeout(400_000);
  const { context: before, person } = await newcomer(browser, 'Ines');
  await promote(request, person);
  await before.close();
  const { context, page } = await signedIn(browser, person);
  await page.goto('/uploads');
  const main = page.getByRole('main');
  await page.locator('input[type="file"][aria-label="Choose files"]').setInputFiles(long());
  await expect(main.getByRole('link', { name: 'Long' })).toBeVisible({ timeout: 180_000 });
  const playlists: string[] = [];
  page.on('request', (asked) => {
    if (/aac-\d+\.m3u8/.test(asked.url())) playlists.push(asked.url());
  });
  await main.getByRole('button', { name: 'Play', exact: true }).click();
  const player = page.getByRole('region', { name: 'Player' });
  await expect(player.getByRole('button', { name: 'Pause' })).toBeVisible({ timeout: 30_000 });
  const segments = () =>
    page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.includes('.m4s')).length);
  await expect.poll(segments, { timeout: 30_000 }).toBeGreaterThan(0);
  const playlist = await page.evaluate((url) => fetch(url).then((answer) => answer.text()), playlists[0] as string);
  expect(playlist).toContain('#EXTINF');
  expect(playlist).not.toContain('#EXT-X-ENDLIST');
  await page.waitForTimeout(3_000);
  await expect(player.getByRole('button', { name: 'Pause' })).toBeVisible();
  await context.close();
});
