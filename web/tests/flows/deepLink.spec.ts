import { expect, test } from '@playwright/test';

import { ask, newcomer, signIn } from './support/people';

const ALBUM = '{ albums(first: 1, sort: TITLE) { edges { node { id title } } } }';
type Albums = { albums: { edges: { node: { id: string; title: string } }[] } };

test('a deep link answers with its page, after signing in', async ({ browser, request }) => {
  const { albums } = await ask<Albums>(request, ALBUM, {});
  const album = albums.edges[0]?.node;
  if (!album) throw new Error('the demo has no album');
  const { context: known, person } = await newcomer(browser, 'Dora');
  await known.close();
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(`/albums/${album.id}`);
  await signIn(page, person);
  await expect(page.getByRole('heading', { level: 1, name: album.title })).toBeVisible({ timeout: 20_000 });
  await expect(page).toHaveTitle(new RegExp(album.title));
  await context.close();
});

test('a missing asset is 404, a page that nobody knows says so', async ({ page, request }) => {
  expect((await request.get('/assets/nothing-00000000.js')).status()).toBe(404);
  expect((await request.get('/s/unknown-token')).status()).toBe(200);
  await page.goto('/s/unknown-token');
  await expect(page.getByRole('heading').first()).toBeVisible();
});

test('the page asks nothing of another host', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  const hosts = new Set<string>();
  page.on('request', (asked) => hosts.add(new URL(asked.url()).hostname));
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  hosts.delete('');
  expect([...hosts]).toEqual([new URL(baseURL ?? '').hostname]);
  await context.close();
});
