import { expect, type Page, test } from '@playwright/test';

import { longestAlbum } from './support/music';
import { newcomer } from './support/people';
import { bar, playAlbum, sounds } from './support/player';

/** How far the page says it is from the party, ms; null: it does not say. */
async function drift(page: Page): Promise<number | null> {
  const own = page.getByRole('list', { name: 'People' }).getByRole('listitem').filter({ hasText: '(you)' });
  const text = await own.innerText();
  const found = text.match(/\(([+−])(\d+) ms\)/);
  return found ? Number(found[2]) * (found[1] === '−' ? -1 : 1) : null;
}

test('two browsers hear the same, though the clock of one is 2 s wrong', async ({ browser, request }, info) => {
  test.setTimeout(300_000);
  const { context: hosts, page: host } = await newcomer(browser, 'Hugo');
  await playAlbum(host, (await longestAlbum(request)).title);
  await host.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Parties' }).click();
  await host.getByRole('button', { name: 'Start party' }).click();
  const code = (await host.getByRole('status', { name: 'Code' }).innerText()).trim();
  await expect(host.getByRole('img', { name: /^QR code of / })).toBeVisible();

  const { context: guests, page: guest } = await newcomer(browser, 'Greta');
  await guest.addInitScript(() => {
    const now = Date.now;
    Date.now = () => now() + 2_000;
  });

  await test.step('a wrong code is explained', async () => {
    await guest.goto('/join/ZZZZ-ZZZZ');
    await expect(guest.getByRole('heading', { name: 'There is no such party' })).toBeVisible({ timeout: 20_000 });
  });

  await test.step('the right one leads in', async () => {
    await guest.getByRole('textbox', { name: 'Code' }).fill(code);
    await guest.getByRole('button', { name: 'Look for the party' }).click();
    await expect(guest.getByRole('heading', { name: 'Party of Hugo' })).toBeVisible({ timeout: 20_000 });
    await guest.getByRole('button', { name: 'Join party' }).click();
    await sounds(guest);
    await expect(host.getByRole('list', { name: 'People' })).toContainText('Greta', { timeout: 10_000 });
  });

  await test.step('both are in sync', async () => {
    for (const page of [host, guest])
      await expect.poll(async () => Math.abs((await drift(page)) ?? 999), { timeout: 15_000 }).toBeLessThanOrEqual(20);
    const apart: number[] = [];
    for (let look = 0; look < 40; look += 1) {
      const [one, other] = await Promise.all([drift(host), drift(guest)]);
      if (one !== null && other !== null) apart.push(Math.abs(one - other));
      await guest.waitForTimeout(500);
    }
    apart.sort((a, b) => a - b);
    const p95 = apart[Math.floor(apart.length * 0.95)] ?? Number.POSITIVE_INFINITY;
    info.annotations.push({ type: 'drift', description: `p50 ${apart[apart.length >> 1]} ms, p95 ${p95} ms of ${apart.length}` });
    console.log(`drift p50 ${apart[apart.length >> 1]} ms, p95 ${p95} ms of ${apart.length}`);
    expect(apart.length).toBeGreaterThan(20);
    expect(p95).toBeLessThanOrEqual(20);
  });

  await test.step('each sees how exactly the other hears it', async () => {
    for (const [page, name] of [[host, 'Greta'], [guest, 'Hugo']] as const) {
      const other = page.getByRole('list', { name: 'People' }).getByRole('listitem').filter({ hasText: name });
      await expect(other).toContainText(/In sync \([+−]\d+ ms\)/, { timeout: 20_000 });
    }
  });

  await test.step('a pause of the guest is one for everybody, and leaving is for one', async () => {
    await bar(guest).getByRole('button', { name: 'Pause' }).click();
    await expect(bar(host).getByRole('button', { name: 'Play' })).toBeVisible({ timeout: 10_000 });
    await guest.getByRole('button', { name: 'Leave party' }).click();
    await expect(guest.getByRole('button', { name: 'Start party' })).toBeVisible({ timeout: 20_000 });
    await expect(host.getByRole('list', { name: 'People' })).not.toContainText('Greta', { timeout: 10_000 });
  });
  await Promise.all([hosts.close(), guests.close()]);
});

test('who is not signed in is told what the link is for', async ({ page }) => {
  await page.goto('/join/ABCD-2345');
  await expect(page.getByRole('heading', { name: 'You are invited to a listening party' })).toBeVisible();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/sign-in\?next=/);
});
