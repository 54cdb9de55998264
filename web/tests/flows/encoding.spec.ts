/** A file is heard while it is being encoded, before there is a track of it. */

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

test('an upload sounds before its end is encoded, and goes on when it is a track', async ({ browser, request }) => {
  test.setTimeout(400_000);
  const { context: before, person } = await newcomer(browser, 'Ines');
  await promote(request, person);
  await before.close();
  const { context, page } = await signedIn(browser, person);
  await page.goto('/uploads');
  const main = page.getByRole('main');
  await page.locator('input[type="file"][aria-label="Choose files"]').setInputFiles(long());
  await expect(main.getByText(/^Encoding/)).toBeVisible({ timeout: 120_000 });
  await main.getByRole('button', { name: 'Play', exact: true }).click({ timeout: 60_000 });
  await expect(main.getByRole('link', { name: 'Long' })).toHaveCount(0);
  const segments = () =>
    page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.includes('.m4s')).length);
  await expect.poll(segments, { timeout: 20_000 }).toBeGreaterThan(0);
  await page.waitForTimeout(3_000);
  await expect(main.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
  // The queue knows nothing of it.
  await expect(page.getByRole('region', { name: 'Player' }).getByRole('button', { name: 'Pause' })).toHaveCount(0);
  await expect(main.getByRole('link', { name: 'Long' })).toBeVisible({ timeout: 300_000 });
  await main.getByRole('button', { name: 'Pause', exact: true }).click();
  await main.getByRole('button', { name: 'Play', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Player' }).getByRole('button', { name: 'Pause' })).toBeVisible({
    timeout: 30_000,
  });
  await context.close();
});
