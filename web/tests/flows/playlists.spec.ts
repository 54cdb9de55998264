import { expect, type Page, test } from '@playwright/test';

import { longestAlbum } from './support/music';
import { change, newcomer, otherDevice, type Person } from './support/people';

const main = (page: Page) => page.getByRole('main');

/** Chooses a file of this text where the page asks for one. */
async function choose(page: Page, button: string, file: { name: string; content: string | Buffer; type: string }) {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('dialog').getByRole('button', { name: button }).click();
  const buffer = typeof file.content === 'string' ? Buffer.from(file.content) : file.content;
  await (await chooser).setFiles({ name: file.name, mimeType: file.type, buffer });
}

test('a playlist comes from a file, has a picture, and goes into a file', async ({ browser, request }) => {
  test.setTimeout(120_000);
  const { context, page } = await newcomer(browser, 'Ida');
  const album = await longestAlbum(request);

  await test.step('what is here is found, and what is not is told', async () => {
    await page.goto('/library/playlists');
    await page.getByRole('button', { name: 'Import playlist' }).click();
    const content = `#EXTM3U\n#PLAYLIST:Mixtape\n${album.trackIds.map((id) => `polyphony:${id}\n`).join('')}#EXTINF:61,Nobody - Nothing\nx.mp3\n`;
    await choose(page, 'Choose file', { name: 'mix.m3u8', content, type: 'audio/mpegurl' });
    const dialog = page.getByRole('dialog', { name: 'Import playlist' });
    const count = album.trackIds.length;
    await expect(dialog.getByText(`${count} of ${count + 1} entries found`)).toBeVisible();
    await expect(dialog.getByRole('list', { name: 'Not found' })).toContainText('Nothing');
    await dialog.getByRole('button', { name: 'Open playlist' }).click();
    await expect(main(page).getByRole('heading', { level: 1, name: 'Mixtape' })).toBeVisible();
  });

  await test.step('a picture of this device is shown from then on', async () => {
    await page.getByRole('button', { name: 'More actions' }).first().click();
    await page.getByRole('menuitem', { name: 'Change picture' }).click();
    const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC';
    await choose(page, 'Choose picture', { name: 'x.png', content: Buffer.from(pixel, 'base64'), type: 'image/png' });
    await expect(page.getByRole('dialog').getByRole('button', { name: 'Remove picture' })).toBeVisible({ timeout: 20_000 });
    await page.keyboard.press('Escape');
    await expect(main(page).locator('header img')).toHaveAttribute('src', /\/images\//);
  });

  await test.step('it is saved as a file that names its tracks', async () => {
    await page.getByRole('button', { name: 'More actions' }).first().click();
    const saved = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'Export as XSPF' }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe('Mixtape.xspf');
    const chunks: Buffer[] = [];
    for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    for (const id of album.trackIds) expect(text).toContain(`<identifier>polyphony:${id}</identifier>`);
  });
  await context.close();
});

test('rules stand in groups, and the preview follows', async ({ browser, request }) => {
  test.setTimeout(90_000);
  const { context, page } = await newcomer(browser, 'Gus');
  const [first = ''] = (await longestAlbum(request)).tracks;
  await page.goto('/playlists/new');
  await page.getByRole('textbox', { name: 'Title' }).fill('Grouped');
  await page.getByRole('combobox', { name: 'A track fits when' }).selectOption('ANY');
  await page.getByRole('group', { name: 'Rule 1' }).getByRole('textbox', { name: 'Value' }).fill('no such genre');
  await page.getByRole('button', { name: 'Add group', exact: true }).click();
  const inner = page.getByRole('group', { name: 'Rule 2.1' }).or(page.getByRole('group', { name: 'Rule 1.1' }));
  await inner.getByRole('combobox', { name: 'Looks at' }).selectOption('TITLE');
  await inner.getByRole('textbox', { name: 'Value' }).fill(first);
  await expect(page.getByRole('region', { name: 'Preview' })).toContainText(first, { timeout: 10_000 });
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await expect(main(page).getByRole('heading', { level: 1, name: 'Grouped' })).toBeVisible();
  await expect(main(page).getByText(first).first()).toBeVisible();
  await context.close();
});

test('nobody is in a playlist without having agreed', async ({ browser, request }) => {
  test.setTimeout(120_000);
  const [owner, guest] = [await newcomer(browser, 'Olga'), await newcomer(browser, 'Gwen')];
  const token = await otherDevice(request, owner.person);
  const make = 'mutation ($input: PlaylistInput!) { createPlaylist(input: $input) { playlist { id } userErrors { code } } }';
  const { createPlaylist } = await change<{ createPlaylist: { playlist: { id: string } } }>(request, make, { input: { title: 'Together' } }, token);
  const { id } = createPlaylist.playlist;
  const invite = async (person: Person) => {
    await owner.page.goto(`/playlists/${id}`);
    await main(owner.page).getByRole('button', { name: 'Collaborators' }).click();
    const dialog = owner.page.getByRole('dialog', { name: 'Collaborators' });
    await dialog.getByRole('searchbox', { name: 'Invite people' }).fill(person.handle);
    await dialog.getByRole('button', { name: `Invite ${person.name}` }).click();
    await expect(dialog.getByRole('list', { name: 'Invited' })).toContainText('Has not answered yet');
  };

  await test.step('an invitation shows at home by itself, and the list is not in the library yet', async () => {
    await guest.page.goto('/');
    await expect(main(guest.page).getByRole('heading', { level: 1 })).toBeVisible();
    await invite(guest.person);
    const invitations = main(guest.page).getByRole('region', { name: 'Invitations' });
    await expect(invitations).toContainText('Together', { timeout: 15_000 });
    await expect(invitations).toContainText('Olga');
    await guest.page.goto(`/playlists/${id}`);
    await expect(main(guest.page).getByText('This playlist is not here').first()).toBeVisible();
  });

  await test.step('accepted, it is in the library', async () => {
    await guest.page.goto('/library/playlists');
    await guest.page.getByRole('button', { name: 'Accept Together' }).click();
    await expect(guest.page.getByRole('button', { name: 'Accept Together' })).toBeHidden();
    await expect(main(guest.page).getByRole('link', { name: 'Together' }).first()).toBeVisible({ timeout: 15_000 });
  });

  await test.step('who has left is not invited again', async () => {
    await guest.page.goto(`/playlists/${id}`);
    await guest.page.getByRole('button', { name: 'More actions' }).first().click();
    await guest.page.getByRole('menuitem', { name: 'Leave playlist' }).click();
    await guest.page.getByRole('dialog').getByRole('button', { name: 'Leave playlist' }).click();
    await expect(guest.page).toHaveURL(/library\/playlists/);
    await owner.page.goto(`/playlists/${id}`);
    await main(owner.page).getByRole('button', { name: 'Collaborators' }).click();
    await expect(owner.page.getByRole('dialog', { name: 'Collaborators' })).toContainText('Has declined or left');
  });
  await owner.context.close();
  await guest.context.close();
});
