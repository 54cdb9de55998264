// Measures the player in Chromium on a running platform with `--demo`: `node scripts/bench.mjs` with POLYPHONY_URL and
// POLYPHONY_DATA. Prints one line of JSON with the figures; times in milliseconds, sizes in KiB. `cargo xtask bench web` runs it.
import { readFileSync } from 'node:fs';
import { chromium } from '@playwright/test';

import { firstSounds, handOvers, interactions, longList, seeks } from './bench/measures.mjs';
import { observe } from './bench/page.mjs';

const url = process.env.POLYPHONY_URL;
const rounds = Number(process.env.ROUNDS ?? 9);
const [person] = JSON.parse(readFileSync(`${process.env.POLYPHONY_DATA}/demo-listeners.json`, 'utf8'));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required'],
});

async function signedIn() {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
  await context.addInitScript(observe);
  const page = await context.newPage();
  await page.goto(`${url}/sign-in`);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(person.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  return { context, page };
}

/** Opens home; when its frame and its first music stand there, counted from the navigation. */
async function openHome(page) {
  await page.goto(`${url}/`);
  await page.waitForFunction(() => globalThis.seen.home);
  return page.evaluate(() => globalThis.seen);
}

const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];

/** What comes before home works, without a cache; then with the service worker. */
async function loads(context, page) {
  const cold = { shell: [], home: [] };
  const session = await context.newCDPSession(page);
  await session.send('Network.setBypassServiceWorker', { bypass: true });
  for (let round = 0; round < rounds; round += 1) {
    await session.send('Network.clearBrowserCache');
    const { shell, home } = await openHome(page);
    cold.shell.push(shell);
    cold.home.push(home);
  }
  const sizes = await page.evaluate(() => {
    const kib = (kind) =>
      performance
        .getEntriesByType('resource')
        .filter(({ name, startTime }) => new URL(name).pathname.endsWith(kind) && startTime < globalThis.seen.home)
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize / 1024, 0);
    return { scriptKib: kib('.js'), styleKib: kib('.css') };
  });
  await session.send('Network.setBypassServiceWorker', { bypass: false });
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  const again = [];
  for (let round = 0; round < rounds; round += 1) again.push((await openHome(page)).shell);
  return { ...sizes, shell: median(cold.shell), home: median(cold.home), again: median(again) };
}

const { context, page } = await signedIn();
const figures = { ...(await loads(context, page)) };
Object.assign(figures, await firstSounds(page, url, rounds));
Object.assign(figures, await seeks(page, rounds));
Object.assign(figures, await interactions(page));
Object.assign(figures, await handOvers(context, page, url, rounds));
Object.assign(figures, await longList(page, url, person));
await browser.close();
console.log(JSON.stringify(figures));
