/** What tags got wrong is put right in the studio, by keyboard, and taken back. */

import { expect, type Page, test } from '@playwright/test';

import { newcomer, signedIn } from './support/people';
import { promote } from './support/platform';
import { ownFolder, tone } from './support/tone';

const main = (page: Page) => page.getByRole('main');
const section = (page: Page, name: string) => main(page).getByRole('region', { name, exact: true });

const folder = ownFolder();

async function choose(page: Page, list: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    await section(page, list).getByRole('checkbox', { name: `Choose ${name}` }).focus();
    await page.keyboard.press('Space');
  }
}

async function press(page: Page, list: string, name: string): Promise<void> {
  await section(page, list).getByRole('button', { name }).focus();
  await page.keyboard.press('Enter');
}

test('albums are merged, tracks moved, an artist split, and each is undone', async ({ browser, request }) => {
  test.setTimeout(400_000);
  const unique = `${Date.now()}`;
  const [one, other, artist] = [`Right ${unique}`, `Wrong ${unique}`, `Runa ${unique}`];
  const { context: before, person } = await newcomer(browser, 'Runa');
  await promote(request, person);
  await before.close();
  const { context, page } = await signedIn(browser, person);
  await page.goto('/uploads');
  await page.locator('input[type="file"][aria-label="Choose files"]').setInputFiles([
    tone(folder.path('1.flac'), 410, { title: `First ${unique}`, artist, album: one, track: '1' }),
    tone(folder.path('2.flac'), 520, { title: `Second ${unique}`, artist, album: other, track: '2' }),
  ]);
  await expect(main(page).getByText('Ready')).toHaveCount(2, { timeout: 200_000 });
  await page.goto('/studio');
  const albums = section(page, 'Albums').getByRole('listitem');
  const dialog = page.getByRole('dialog');
  await expect(albums).toHaveCount(2, { timeout: 30_000 });

  await test.step('merged, as the dialog has said, and undone by the message', async () => {
    await expect(section(page, 'Albums').getByRole('button', { name: 'Merge albums' })).toBeDisabled();
    await choose(page, 'Albums', one, other);
    await press(page, 'Albums', 'Merge albums');
    const staying = dialog.getByRole('combobox', { name: 'What stays' });
    await staying.selectOption({ label: (await staying.getByRole('option').allInnerTexts()).find((text) => text.includes(one)) ?? '' });
    await expect(dialog).toContainText(`The tracks of ${other} go to ${one}`);
    await dialog.getByRole('button', { name: 'Merge' }).click();
    await expect(dialog).toHaveCount(0);
    await expect(albums).toHaveCount(1, { timeout: 20_000 });
    await expect(section(page, 'Tracks').getByRole('listitem', { name: `Second ${unique}` })).toContainText(one);
    await page.getByRole('button', { name: 'Undo', exact: true }).first().click();
    await expect(albums).toHaveCount(2, { timeout: 20_000 });
  });

  await test.step('moved, and undone from the list of changes', async () => {
    await choose(page, 'Tracks', `Second ${unique}`);
    await press(page, 'Tracks', 'Move tracks');
    await dialog.getByRole('combobox', { name: 'Album' }).selectOption({ label: one });
    await expect(dialog).toContainText(`Second ${unique}: to ${one}.`);
    await dialog.getByRole('button', { name: 'Move', exact: true }).click();
    await expect(section(page, 'Tracks').getByRole('listitem', { name: `Second ${unique}` })).toContainText(one, { timeout: 20_000 });
    const change = section(page, 'Changes of this visit').getByRole('listitem');
    await expect(change).toContainText(`Second ${unique} moved to ${one}`);
    await change.getByRole('button', { name: /^Undo/ }).focus();
    await page.keyboard.press('Enter');
    await expect(section(page, 'Tracks').getByRole('listitem', { name: `Second ${unique}` })).toContainText(other, { timeout: 20_000 });
    await expect(change).toHaveCount(0);
  });

  await test.step('split', async () => {
    await choose(page, 'Artists', artist);
    await press(page, 'Artists', 'Split artist');
    await dialog.getByRole('textbox', { name: 'Name of the other artist' }).fill(`Rune ${unique}`);
    await dialog.getByRole('checkbox', { name: other }).focus();
    await page.keyboard.press('Space');
    await expect(dialog).toContainText(`${other}: of Rune ${unique} from now on`);
    await dialog.getByRole('button', { name: 'Split', exact: true }).click();
    await expect(section(page, 'Artists').getByRole('listitem', { name: `Rune ${unique}` })).toBeVisible({ timeout: 20_000 });
  });
  await context.close();
});
