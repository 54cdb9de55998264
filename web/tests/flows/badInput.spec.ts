/** What people bring by accident: it is refused with its reason, or taken as it is, and the page stays usable. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type APIRequestContext, type Browser, expect, type Page, test } from '@playwright/test';

import { ask, change, newcomer, otherDevice, signedIn } from './support/people';
import { admin, promote } from './support/platform';
import { bar, sounds } from './support/player';

const GIB = 2 ** 30;
const MANY = 5_000;

let folder = '';
test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyphony-bad-input-'));
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A platform that is used again knows the sounds of other runs. */
let pitch = 200 + (Date.now() % 2_000);

/** A tone of 20 s like no other, as a file with these tags. */
function tone(path: string, tags: Readonly<Record<string, string>>): void {
  const metadata = Object.entries(tags).flatMap(([name, value]) => ['-metadata', `${name}=${value}`]);
  pitch += 7;
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `sine=f=${pitch}:d=20`, ...metadata, path]);
}

/** Somebody who may upload, on the page for it. */
async function creator(browser: Browser, request: APIRequestContext, name: string): Promise<Page> {
  const { context: before, person } = await newcomer(browser, name);
  await promote(request, person);
  await before.close();
  const { page } = await signedIn(browser, person);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Uploads' }).click();
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeVisible({ timeout: 20_000 });
  return page;
}

const choose = (page: Page, what: 'files' | 'a folder', paths: string | string[]) =>
  page.locator(`input[type="file"][aria-label="Choose ${what}"]`).setInputFiles(paths);

test('an empty file and one of 6 GB are refused before a byte is sent, with the reason', async ({ browser, request }) => {
  const page = await creator(browser, request, 'Bea');
  const [empty, huge] = [join(folder, 'empty.flac'), join(folder, 'huge.wav')];
  writeFileSync(empty, '');
  openSync(huge, 'w');
  // No block of it is on the disk.
  truncateSync(huge, 6 * GIB);
  let sent = 0;
  page.on('request', (asked) => {
    sent += asked.method() === 'PUT' ? 1 : 0;
  });
  await choose(page, 'files', [empty, huge]);
  await expect(page.getByText('The file is empty')).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText('The file is larger than 5 GB')).toBeVisible();
  expect(sent).toBe(0);
  await page.context().close();
});

test('a folder that is called ... , a title from right to left and one of 300 characters are played as they are', async ({ browser, request }) => {
  test.setTimeout(180_000);
  const page = await creator(browser, request, 'Bilal');
  const dots = join(folder, '...');
  mkdirSync(dots);
  const long = `Long ${'and longer '.repeat(30)}`.slice(0, 300).trim();
  const rightToLeft = `أغنية الطريق ${Date.now()}`;
  tone(join(dots, '1.flac'), { title: rightToLeft, artist: 'فرقة الطريق', album: 'الطريق', track: '1' });
  tone(join(dots, '2.flac'), { title: long, artist: 'Long', album: 'Long', track: '1' });
  await choose(page, 'a folder', dots);
  await expect(page.getByRole('main').getByText('Ready')).toHaveCount(2, { timeout: 120_000 });
  for (const [file, title, direction] of [
    ['1.flac', rightToLeft, 'rtl'],
    ['2.flac', long, 'ltr'],
  ] as const) {
    const row = page.getByRole('listitem', { name: file });
    // Before there is a track the row plays by itself.
    await expect(row.getByRole('link')).toBeVisible({ timeout: 30_000 });
    await row.getByRole('button', { name: 'Play', exact: true }).click();
    await sounds(page);
    const link = bar(page).getByRole('link', { name: title, exact: true });
    await expect(link).toBeVisible({ timeout: 30_000 });
    expect(await link.locator('bdi').evaluate((text) => getComputedStyle(text).direction)).toBe(direction);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  }
  await page.context().close();
});

test('5,000 files at once are listed, the page goes on answering, and all can be cancelled', async ({ browser, request }) => {
  test.setTimeout(180_000);
  const page = await creator(browser, request, 'Mara');
  const many = join(folder, 'many');
  mkdirSync(many);
  for (let number = 0; number < MANY; number += 1) writeFileSync(join(many, `${number}.flac`), `no music, ${number}`);
  await page.evaluate(() => {
    const frames = { longest: 0 };
    Object.assign(globalThis, { frames });
    let last = performance.now();
    const tick = (now: number) => {
      frames.longest = Math.max(frames.longest, now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await choose(page, 'a folder', many);
  await expect(page.getByText(/ of 5,?000 files/)).toBeVisible({ timeout: 60_000 });
  // Not one row for each.
  expect(await page.locator('*').count()).toBeLessThan(3_000);
  // Other screens work meanwhile.
  await page.getByRole('searchbox', { name: 'Search' }).fill('light');
  await expect(page.getByRole('heading', { level: 1, name: /light/ })).toBeVisible({ timeout: 30_000 });
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Uploads' }).click();
  await page.getByRole('button', { name: 'Cancel all' }).click();
  await expect(page.getByRole('button', { name: 'Cancel all' })).toHaveCount(0, { timeout: 60_000 });
  const longest = await page.evaluate(() => (globalThis as unknown as { frames: { longest: number } }).frames.longest);
  console.log(`the longest frame with ${MANY} files took ${Math.round(longest)} ms`);
  await page.context().close();
});

test('an album of 1,000 tracks opens with few rows, and its last one can be reached', async ({ browser, request }) => {
  test.setTimeout(180_000);
  const owner = await admin();
  const token = await otherDevice(request, owner);
  const made = await change<{ createArtist: { artist: { id: string } } }>(
    request,
    'mutation { createArtist(input: { name: "Thousand" }) { artist { id } userErrors { message } } }',
    {},
    token,
  );
  const artists = [made.createArtist.artist.id];
  const { createAlbum } = await change<{ createAlbum: { album: { id: string } } }>(
    request,
    'mutation ($input: AlbumInput!) { createAlbum(input: $input) { album { id } userErrors { message } } }',
    { input: { title: 'A thousand pieces', artistIds: artists } },
    token,
  );
  const album = createAlbum.album.id;
  for (let first = 1; first <= 1_000; first += 50) {
    const some = Array.from({ length: 50 }, (_, at) => first + at).map(
      (number) =>
        `t${number}: createTrack(input: { title: "Piece ${number}", albumId: $album, artistIds: $artists, trackNumber: ${number}, durationMs: 60000 }) { userErrors { message } }`,
    );
    await change(request, `mutation ($album: ID, $artists: [ID!]!) { ${some.join(' ')} }`, { album, artists }, token);
  }
  const { context, page } = await signedIn(browser, owner);
  await page.goto(`/studio/albums/${album}`);
  await expect(page.getByRole('heading', { level: 1, name: 'A thousand pieces' })).toBeVisible({ timeout: 30_000 });
  await ask(request, 'mutation ($id: ID!) { publishAlbum(id: $id) { userErrors { message } } }', { id: album }, token);
  await page.goto(`/albums/${album}`);
  await expect(page.getByRole('row', { name: 'Piece 1', exact: false }).first()).toBeVisible({ timeout: 30_000 });
  expect(await page.locator('*').count()).toBeLessThan(3_000);
  // The list grows by what comes into sight, so the end is reached by going there.
  await expect
    .poll(
      async () => {
        await page.keyboard.press('End');
        return page.getByRole('row', { name: 'Piece 1000' }).count();
      },
      { timeout: 60_000 },
    )
    .toBe(1);
  await context.close();
});
