// Measures the player in Chromium on a running platform with `--demo`: `node scripts/bench.mjs` with POLYPHONY_URL and
// POLYPHONY_DATA. Prints one line of JSON with the figures; times in milliseconds, sizes in KiB. What it does, it says on the
// error output, and it gives up rather than wait for ever. `cargo xtask bench web` runs it.
import { readFileSync } from 'node:fs';
import { chromium } from '@playwright/test';

import { lighthouse } from './bench/lighthouse.mjs';
import { loads, offlineStart } from './bench/loads.mjs';
import { firstSounds, handOvers, interactions, longList, seeks } from './bench/measures.mjs';
import { observe } from './bench/page.mjs';

/** Each part takes less than a minute where nothing else runs. */
const PART_TIMEOUT_MS = 240_000;
const STEP_TIMEOUT_MS = 30_000;

const url = process.env.POLYPHONY_URL;
const rounds = Number(process.env.ROUNDS ?? 9);
const [person] = JSON.parse(readFileSync(`${process.env.POLYPHONY_DATA}/demo-listeners.json`, 'utf8'));
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required'],
});

async function signedIn(options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  await context.addInitScript(observe);
  const page = await context.newPage();
  await page.goto(`${url}/sign-in`);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(person.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  return { context, page };
}

/** Runs a part, which must not take longer than it may. */
async function within(name, part) {
  const began = Date.now();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name}: not done after ${PART_TIMEOUT_MS / 1000} s`)), PART_TIMEOUT_MS);
  });
  try {
    const figures = await Promise.race([part(), late]);
    console.error(`${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
    return figures;
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

const figures = {};
try {
  const { context, page } = await within('signing in', signedIn);
  const parts = {
    loads: async () => {
      // What comes from a worker has no size on the way.
      const cold = await signedIn({ serviceWorkers: 'block' });
      const figures = await loads(cold, page, url, rounds);
      await cold.context.close();
      return figures;
    },
    'first sounds': () => firstSounds(page, url, rounds),
    seeks: () => seeks(page, rounds),
    interactions: () => interactions(page),
    'hand-overs': () => handOvers(context, page, url, rounds),
    'long list': () => longList(page, url, person),
    'offline start': () => offlineStart(context, page, url, rounds),
  };
  for (const [name, part] of Object.entries(parts)) Object.assign(figures, await within(name, part));
} finally {
  await browser.close();
}
// With a browser of its own, when ours takes no time any more.
Object.assign(figures, await within('Lighthouse', () => lighthouse(`${url}/sign-in`, executablePath)));
console.log(JSON.stringify(figures));
