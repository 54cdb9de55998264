/** The first press of a page where browsers want one for each audio element, as those of Apple do: here by a rule of the page's own. */

import { expect, test } from '@playwright/test';

import { longestAlbum } from './support/music';
import { newcomer } from './support/people';
import { bar, openAlbum, sounds } from './support/player';

// Without the switch that lets the other tests play without a click.
test.use({
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  },
});

test('the first press of “Play” sounds, and so does the next album', async ({ browser, request }) => {
  test.setTimeout(120_000);
  const { context, page } = await newcomer(browser, 'Anna');
  await page.addInitScript(() => {
    const { play } = HTMLMediaElement.prototype;
    const allowed = new WeakSet<HTMLMediaElement>();
    let isClick = false;
    const during = () => {
      isClick = true;
      setTimeout(() => {
        isClick = false;
      });
    };
    for (const type of ['click', 'keydown']) addEventListener(type, during, { capture: true });
    HTMLMediaElement.prototype.play = function () {
      if (isClick) allowed.add(this);
      return allowed.has(this) ? play.call(this) : Promise.reject(new DOMException('no click', 'NotAllowedError'));
    };
  });
  const album = await longestAlbum(request);
  await page.goto(`/albums/${album.id}`);
  await page.getByRole('main').getByRole('button', { name: 'Play', exact: true }).first().click();
  await sounds(page);
  await bar(page).getByRole('button', { name: 'Pause' }).click();
  await openAlbum(page, album.title);
  await page.getByRole('main').getByRole('button', { name: 'Shuffle' }).first().click();
  await sounds(page);
  await expect(page.getByText('The browser wants a click first')).toHaveCount(0);
  await context.close();
});
