/** How soon the page is there: with nothing cached, again, and without a network. Times in milliseconds from the navigation. */

import { at } from './measures.mjs';

/** Opens home; when its frame and its first music stand there. */
async function openHome(page, url) {
  await page.goto(`${url}/`);
  await page.waitForFunction(() => globalThis.seen.home);
  return page.evaluate(() => globalThis.seen);
}

/** What comes before home works: in a context without a worker and with an empty cache, then in one that has been there. */
export async function loads(cold, page, url, rounds) {
  const times = { shell: [], home: [] };
  const session = await cold.context.newCDPSession(cold.page);
  for (let round = 0; round < rounds; round += 1) {
    await session.send('Network.clearBrowserCache');
    const { shell, home } = await openHome(cold.page, url);
    times.shell.push(shell);
    times.home.push(home);
  }
  const sizes = await cold.page.evaluate(() => {
    // What had come by then; the player's own code is under way already, and nothing waits for it.
    const kib = (kind) =>
      performance
        .getEntriesByType('resource')
        .filter(({ name, responseEnd }) => new URL(name).pathname.endsWith(kind) && responseEnd < globalThis.seen.home)
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize / 1024, 0);
    return { scriptKib: kib('.js'), styleKib: kib('.css') };
  });
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  const again = [];
  for (let round = 0; round < rounds; round += 1) again.push((await openHome(page, url)).shell);
  return { ...sizes, shell: at(times.shell, 0.5), home: at(times.home, 0.5), again: at(again, 0.5) };
}

/** Saves an album; then, without a network, when its first song can be played. */
export async function offlineStart(context, page, url, rounds) {
  await page.goto(`${url}/explore`);
  await page.getByRole('main').locator('article a').first().click();
  const main = page.getByRole('main');
  await main.getByRole('button', { name: 'Save offline' }).click();
  // Another load of the page would break off what is being saved.
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Offline' }).click();
  await main.getByRole('button', { name: 'Play', exact: true }).waitFor();
  const times = [];
  await context.setOffline(true);
  for (let round = 0; round < rounds; round += 1) {
    await page.goto(`${url}/offline`);
    await page.waitForFunction(() => globalThis.seen.playable);
    times.push(await page.evaluate(() => globalThis.seen.playable));
  }
  await context.setOffline(false);
  return { offlineStart: at(times, 0.5) };
}
