/** A track of which somebody has two files: which of them plays, and what becomes of the other. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';

import { newcomer, signedIn } from './support/people';
import { promote } from './support/platform';

const main = (page: Page) => page.getByRole('main');

let folder = '';
test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyphony-sources-'));
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The same tone in a file of this name, with tags. */
function tone(name: string, title: string): string {
  const path = join(folder, name);
  const tags = Object.entries({ title, artist: title, album: title, track: '1' });
  const metadata = tags.flatMap(([tag, value]) => ['-metadata', `${tag}=${value}`]);
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'sine=f=440:d=6', ...metadata, path]);
  return path;
}

async function upload(page: Page, path: string, ready: number): Promise<void> {
  await page.locator('input[type="file"][aria-label="Choose files"]').setInputFiles(path);
  await expect(main(page).getByText('Ready')).toHaveCount(ready, { timeout: 200_000 });
}

test('the better of two files plays; the other goes into the trash, and then for good', async ({ browser, request }) => {
  test.setTimeout(500_000);
  const { context: before, person } = await newcomer(browser, 'Tove');
  await promote(request, person);
  await before.close();
  const { context, page } = await signedIn(browser, person);
  const title = `Twice ${Date.now()}`;
  await page.goto('/uploads');
  await upload(page, tone('small.mp3', title), 1);
  await upload(page, tone('large.flac', title), 2);

  const files = main(page).getByRole('region', { name: 'Files' });
  await test.step('both are at the track, and one can be chosen', async () => {
    await page.goto('/studio');
    await main(page).getByRole('region', { name: 'Tracks' }).getByRole('link', { name: title }).click();
    await expect(files.getByRole('listitem', { name: /FLAC/ })).toContainText('Plays', { timeout: 30_000 });
    await files.getByRole('listitem', { name: /MP3/ }).getByRole('button', { name: 'Play this one' }).click();
    await expect(files.getByRole('listitem', { name: /MP3/ })).toContainText('Plays');
    await files.getByRole('button', { name: 'Choose the best by itself' }).click();
    await expect(files.getByRole('listitem', { name: /FLAC/ })).toContainText('Plays');
  });

  await test.step('one that is not needed is thrown away', async () => {
    await files.getByRole('listitem', { name: /MP3/ }).getByRole('button', { name: 'Move to trash' }).click();
    await expect(files.getByRole('listitem')).toHaveCount(1);
    await page.goto('/uploads');
    const thrown = main(page).getByRole('region', { name: 'Trash' }).getByRole('listitem', { name: 'small.mp3' });
    await expect(async () => {
      await page.reload();
      await expect(thrown).toBeVisible({ timeout: 3_000 });
    }).toPass({ timeout: 30_000 });
    await thrown.getByRole('button', { name: 'Delete for good' }).click();
    await expect(main(page).getByRole('region', { name: 'Trash' })).toHaveCount(0, { timeout: 20_000 });
  });
  await context.close();
});
