/** What may be wrong with a library is listed and put right, and much is edited at once, by keyboard. */

import { execFileSync } from 'node:child_process';
import { expect, type Locator, type Page, test } from '@playwright/test';

import { ask, change, newcomer, otherDevice, signedIn } from './support/people';
import { promote } from './support/platform';
import { ownFolder, tone } from './support/tone';

const main = (page: Page) => page.getByRole('main');
const section = (page: Page, name: string) => main(page).getByRole('region', { name, exact: true });
const row = (page: Page, list: string, name: string) => section(page, list).getByRole('listitem', { name, exact: true });

const folder = ownFolder();

async function press(page: Page, control: Locator, key: 'Enter' | 'Space' = 'Enter'): Promise<void> {
  await control.focus();
  await page.keyboard.press(key);
}

async function chooseAll(page: Page, list: string): Promise<void> {
  await press(page, section(page, list).getByRole('checkbox', { name: 'Choose all' }), 'Space');
}

/** From the list of kinds to one of them. */
async function openKind(page: Page, name: string): Promise<void> {
  await page.goto('/studio');
  await press(page, main(page).getByRole('link', { name: 'Possible problems' }));
  await press(page, main(page).getByRole('link', { name, exact: true }));
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
}

test('a library is put right: doubles, what is missing, and much at once', async ({ browser, request }) => {
  test.setTimeout(400_000);
  const unique = `${Date.now()}`;
  const [album, artist, twin] = [`Gaps ${unique}`, `Ylva ${unique}`, `The Ylva ${unique}`];
  const dialog = (page: Page) => page.getByRole('dialog');
  const { context: before, person } = await newcomer(browser, 'Ylva');
  await promote(request, person);
  await before.close();
  const { context, page } = await signedIn(browser, person);
  await page.goto('/uploads');
  await page.locator('input[type="file"][aria-label="Choose files"]').setInputFiles([
    tone(folder.path('1.flac'), 415, { title: `First ${unique}`, artist, album, track: '1' }),
    tone(folder.path('2.flac'), 523, { title: `Third ${unique}`, artist, album, track: '3' }),
    tone(folder.path('3.flac'), 659, { title: `Third ${unique}`, artist, album, track: '4' }),
    tone(folder.path('4.flac'), 784, { title: `Alone ${unique}`, artist: twin, album: `Other ${unique}`, track: '1' }),
  ]);
  await expect(main(page).getByText('Ready')).toHaveCount(4, { timeout: 200_000 });

  await test.step('what there is of each kind', async () => {
    await page.goto('/studio/issues');
    const counted = (name: string) => main(page).getByRole('listitem', { name, exact: true });
    await expect(counted('Artists who may be the same')).toContainText('1');
    await expect(counted('Tracks without a genre')).toContainText('4');
    await expect(counted('The same recording twice')).toContainText('0');
  });

  await test.step('artists of nearly one name are merged where they are listed', async () => {
    await openKind(page, 'Artists who may be the same');
    const group = main(page).getByRole('listitem').filter({ has: page.getByRole('link', { name: twin }) }).first();
    await press(page, group.getByRole('button', { name: /^Merge artists/ }));
    const staying = dialog(page).getByRole('combobox', { name: 'What stays' });
    const options = await staying.getByRole('option').allInnerTexts();
    await staying.selectOption({ label: options.find((text) => !text.includes(twin)) ?? '' });
    await dialog(page).getByRole('button', { name: 'Merge' }).click();
    await expect(main(page).getByRole('heading', { name: 'Nothing found' })).toBeVisible({ timeout: 20_000 });
  });

  await test.step('of tracks that are the same one is kept', async () => {
    await openKind(page, 'Tracks that may be the same');
    await press(page, main(page).getByRole('button', { name: /^Keep one track/ }));
    await expect(dialog(page)).toContainText(`Third ${unique}: withdrawn`);
    await dialog(page).getByRole('button', { name: 'Withdraw' }).click();
    await expect(main(page).getByRole('heading', { name: 'Nothing found' })).toBeVisible({ timeout: 20_000 });
  });

  await test.step('an album tells which numbers it lacks, and leads to where it is edited', async () => {
    await openKind(page, 'Albums with missing numbers');
    await expect(row(page, 'Albums with missing numbers', album)).toContainText('Missing: 2');
    await press(page, main(page).getByRole('link', { name: album }));
    await expect(page).toHaveURL(/\/studio\/albums\//);
    await expect(section(page, 'Details').getByRole('textbox', { name: 'Title' })).toHaveValue(album);
  });

  await test.step('what has no genre gets one, all at once', async () => {
    await openKind(page, 'Tracks without a genre');
    await chooseAll(page, 'Tracks without a genre');
    await press(page, section(page, 'Tracks without a genre').getByRole('button', { name: 'Edit tracks' }));
    await expect(dialog(page).getByRole('checkbox', { name: 'Change: Genres' })).toBeChecked();
    await dialog(page).getByRole('textbox', { name: 'Genres' }).fill('Test tones');
    await dialog(page).getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Done: 3')).toBeVisible({ timeout: 20_000 });
    await expect(main(page).getByRole('heading', { name: 'Nothing found' })).toBeVisible({ timeout: 20_000 });
  });

  await test.step('an artist gets a picture and a line about them', async () => {
    await openKind(page, 'Artists without a picture');
    await press(page, main(page).getByRole('link', { name: artist, exact: true }));
    await page.getByRole('textbox', { name: 'About' }).fill('Plays tones.');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(main(page).getByText('Saved')).toBeVisible();
    const picture = folder.path('face.png');
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc=s=300x300', '-frames:v', '1', picture]);
    await page.locator('input[type="file"][aria-label="Choose a picture"]').setInputFiles(picture);
    await expect(page.getByRole('button', { name: 'Remove the picture' })).toBeVisible({ timeout: 20_000 });
    await page.getByRole('textbox', { name: 'About' }).fill('Plays pure tones.');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(main(page).getByRole('alert')).toHaveCount(0);
  });

  await test.step('what somebody changed meanwhile is left, and named with the reason', async () => {
    await page.goto('/studio');
    await expect(row(page, 'Tracks', `Alone ${unique}`)).toBeVisible({ timeout: 20_000 });
    const token = await otherDevice(request, person);
    const link = await row(page, 'Tracks', `Alone ${unique}`).getByRole('link').getAttribute('href');
    const id = link?.split('/').at(-1) ?? '';
    const { track } = await ask<{ track: { artists: { id: string }[] } }>(request, 'query ($id: ID!) { track(id: $id) { artists { id } } }', { id }, token);
    const edit = 'mutation ($id: ID!, $input: TrackInput!) { updateTrack(id: $id, input: $input) { userErrors { message } } }';
    await change(request, edit, { id, input: { title: `Alone again ${unique}`, artistIds: track.artists.map((one) => one.id) } }, token);
    await chooseAll(page, 'Tracks');
    await expect(section(page, 'Tracks').getByRole('status')).toHaveText('Chosen: 4');
    await press(page, section(page, 'Tracks').getByRole('button', { name: 'Edit tracks' }));
    await press(page, dialog(page).getByRole('checkbox', { name: 'Change: Disc' }), 'Space');
    await dialog(page).getByRole('spinbutton', { name: 'Disc' }).fill('2');
    await dialog(page).getByRole('button', { name: 'Save' }).click();
    await expect(dialog(page).getByRole('heading', { name: 'Not done: 1' })).toBeVisible({ timeout: 20_000 });
    await expect(dialog(page).getByRole('listitem')).toContainText(`Alone ${unique}`);
    await expect(dialog(page).getByRole('listitem')).toContainText('Somebody has changed it meanwhile');
    await dialog(page).locator('footer').getByRole('button', { name: 'Close' }).click();
    await expect(row(page, 'Tracks', `Alone again ${unique}`)).toBeVisible({ timeout: 20_000 });
  });

  await test.step('albums are withdrawn, published and deleted with their tracks', async () => {
    const badge = row(page, 'Albums', album);
    await press(page, badge.getByRole('checkbox'), 'Space');
    await press(page, section(page, 'Albums').getByRole('button', { name: 'Withdraw' }));
    await dialog(page).getByRole('button', { name: 'Withdraw' }).click();
    await expect(badge).toContainText('Withdrawn', { timeout: 20_000 });
    await press(page, badge.getByRole('checkbox'), 'Space');
    await press(page, section(page, 'Albums').getByRole('button', { name: 'Publish' }));
    await expect(badge).toContainText('Published', { timeout: 20_000 });
    await chooseAll(page, 'Albums');
    await press(page, section(page, 'Albums').getByRole('button', { name: 'Delete' }));
    await press(page, dialog(page).getByRole('checkbox', { name: 'Delete the tracks on them, too' }), 'Space');
    await dialog(page).getByRole('button', { name: 'Delete' }).click();
    await expect(main(page).getByRole('heading', { name: 'Nothing here yet' })).toBeVisible({ timeout: 20_000 });
  });
  await context.close();
});
