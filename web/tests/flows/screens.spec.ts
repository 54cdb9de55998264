/** Every screen, for everybody and for whoever is signed in: free of violations, and fit for any width. One test for each. */

import AxeBuilder from '@axe-core/playwright';
import { type BrowserContext, expect, type Page, test } from '@playwright/test';

import { signedIn } from './support/people';
import { admin, listener } from './support/platform';
import { addressOf, OF_CREATORS, OF_LISTENERS, OPEN, open, places, settled } from './support/screens';

/** What axe finds, as lines that say where. */
async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

/** What does not fit into the window: the page itself when it scrolls sideways, and controls that nobody can reach. */
const misfits = (page: Page) =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const scrolls = (element: Element) => /auto|scroll/.test(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth;
    const found = document.documentElement.scrollWidth > width ? [`the page is ${document.documentElement.scrollWidth} px wide`] : [];
    for (const control of document.querySelectorAll('a, button, input, select, textarea, h1, [role="row"], [role="slider"]')) {
      const { left, right, width: own, height } = control.getBoundingClientRect();
      if (own <= 2 || height <= 2 || !control.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      if (left >= -1 && right <= width + 1) continue;
      let above: Element | null = control.parentElement;
      while (above && !scrolls(above)) above = above.parentElement;
      if (!above) found.push(`${control.tagName} ${control.getAttribute('aria-label') ?? control.textContent?.slice(0, 40)}: ${left} to ${right}`);
    }
    return found;
  });

async function isFit(page: Page, address: string): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 720 });
  await open(page, address);
  const found: Record<string, string[]> = {};
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    found[colorScheme] = await violations(page);
  }
  for (const [width, height] of [[320, 640], [3840, 2160]] as const) {
    await page.setViewportSize({ width, height });
    await settled(page);
    found[`${width} px`] = await misfits(page);
  }
  expect(found).toEqual({ light: [], dark: [], '320 px': [], '3840 px': [] });
}

let ids: Readonly<Record<string, string>> = {};
test.beforeAll(async ({ playwright, baseURL }) => {
  const request = await playwright.request.newContext(baseURL ? { baseURL } : {});
  ids = await places(request);
  await request.dispose();
});

test.describe('for everybody', () => {
  test.use({ locale: 'en-GB' });
  for (const screen of OPEN) test(screen, ({ page }) => isFit(page, addressOf(screen, ids)));
});

for (const { title, screens, person } of [
  { title: 'for listeners', screens: OF_LISTENERS, person: listener },
  { title: 'for creators', screens: OF_CREATORS, person: admin },
]) {
  test.describe(title, () => {
    let context: BrowserContext;
    let page: Page;
    test.beforeAll(async ({ browser }) => {
      ({ context, page } = await signedIn(browser, await person()));
    });
    test.afterAll(() => context.close());
    for (const screen of screens) test(screen, () => isFit(page, addressOf(screen, ids)));
  });
}
