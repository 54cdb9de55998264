/** A folder as people keep it: an album in one file with its sheet, a song with its lyrics, a picture, and a list. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';

import { newcomer, signedIn } from './support/people';
import { promote } from './support/platform';

let folder = '';
test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyphony-beside-'));
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ffmpeg = (...args: string[]) => execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', ...args]);

function sheet(title: string): string {
  const track = (number: number, name: string, at: string) =>
    `  TRACK 0${number} AUDIO\n    TITLE "${name} of ${title}"\n    PERFORMER "Nora"\n    INDEX 01 ${at}\n`;
  const tracks = track(1, 'Dawn', '00:00:00') + track(2, 'Noon', '00:08:00') + track(3, 'Dusk', '00:16:00');
  return `PERFORMER "Nora"\nTITLE "Day of ${title}"\nFILE "image.wav" WAVE\n${tracks}`;
}

test('what lies beside music is used, and each file says what became of it', async ({ browser, request }) => {
  test.setTimeout(400_000);
  const unique = `${Date.now()}`;
  // Audio that is on no platform yet.
  const [low, high] = [200 + (Date.now() % 997), 1_300 + (Date.now() % 887)];
  const [whole, single] = [join(folder, 'Whole'), join(folder, 'Single')];
  for (const path of [whole, single]) mkdirSync(path);
  ffmpeg('-i', `sine=f=${low}:d=24`, join(whole, 'image.flac'));
  writeFileSync(join(whole, 'image.cue'), sheet(unique));
  const tags = { title: `Song ${unique}`, artist: 'Nora', album: `Single ${unique}` };
  const metadata = Object.entries(tags).flatMap(([tag, value]) => ['-metadata', `${tag}=${value}`]);
  ffmpeg('-i', `sine=f=${high}:d=9`, ...metadata, join(single, '01 song.mp3'));
  ffmpeg('-i', 'color=c=teal:s=600x600', '-frames:v', '1', join(single, 'cover.jpg'));
  writeFileSync(join(single, '01 song.lrc'), '[00:01.00]The first line\n[00:04.00]The second line\n');
  writeFileSync(join(single, 'Both.m3u8'), '#EXTM3U\n01 song.mp3\nnot here.mp3\n');
  writeFileSync(join(single, 'orphan.lrc'), 'Nobody sings this');
  writeFileSync(join(single, 'notes.txt'), 'to do');

  const { context: before, person } = await newcomer(browser, 'Nora');
  await promote(request, person);
  await before.close();
  const { context, page } = await signedIn(browser, person);
  const main = page.getByRole('main');
  await page.goto('/uploads');
  await page.locator('input[type="file"][aria-label="Choose a folder"]').setInputFiles(folder);

  await test.step('what is of no use is counted and named by its kind', async () => {
    await expect(main.getByText('1 file is not music and was left out')).toBeVisible({ timeout: 30_000 });
    await expect(main.getByText('1 .txt')).toBeVisible();
  });

  const beside = main.getByRole('region', { name: 'Beside the music' });
  const became = async (name: string, text: RegExp) =>
    expect(beside.getByRole('listitem', { name })).toContainText(text, { timeout: 120_000 });
  await test.step('each file beside the music says what became of it', async () => {
    await became('image.cue', /Sent with 1 file/);
    await became('orphan.lrc', /there is no music that it is for/);
    await became('01 song.lrc', /The lyrics of/);
    await became('cover.jpg', /The cover of 1 album now/);
    await became('Both.m3u8', /A playlist now, with 1 of 2 tracks/);
  });

  await test.step('the album in one file shows its tracks', async () => {
    const row = main.getByRole('region', { name: 'Uploading' }).getByRole('listitem', { name: 'image.flac' });
    await expect(row).toContainText('Ready · 3 tracks', { timeout: 200_000 });
    const tracks = row.getByRole('list', { name: 'Tracks of this file' });
    for (const name of ['Dawn', 'Noon', 'Dusk'])
      await expect(tracks.getByRole('link', { name: `${name} of ${unique}` })).toBeVisible({ timeout: 60_000 });
  });

  await test.step('the song has its words, and the list its song', async () => {
    await beside.getByRole('link', { name: 'Both.m3u8' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Both' })).toBeVisible({ timeout: 20_000 });
    await main.getByRole('row', { name: `Song ${unique}` }).waitFor({ timeout: 20_000 });
    await page.goBack();
    await beside.getByRole('link', { name: '01 song.lrc' }).click();
    await expect(main.getByText('The second line')).toBeVisible({ timeout: 30_000 });
  });
  await context.close();
});
