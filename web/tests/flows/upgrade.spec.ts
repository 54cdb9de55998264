/** A server that becomes a newer one while pages of it are open. It is the built player over a small server of the test's own. */

import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';

const DIST = process.env.WEB_DIST ?? join(import.meta.dirname, '../../dist');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

/** Serves a build; as its successor the page's script has another name, the policy is another one and old names are gone. */
class Router {
  isNew = false;
  isDown = false;
  #entry = '';
  readonly #server: Server = createServer((request, response) => {
    if (this.isDown) return void request.socket.destroy();
    this.#answer(request.url ?? '/').then(
      ({ status, type, body }) => {
        const policy = `default-src 'self' 'unsafe-inline'; connect-src 'self' https://${this.isNew ? 'new' : 'old'}.example`;
        const headers = { 'content-type': type, 'cache-control': 'no-cache', 'content-security-policy': policy };
        response.writeHead(status, headers).end(body);
      },
      () => response.writeHead(404).end(),
    );
  });

  async start(): Promise<string> {
    const page = await readFile(join(DIST, 'index.html'), 'utf8');
    this.#entry = /assets\/(index-[\w-]+)\.js/.exec(page)?.[1] as string;
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(url: string) {
    const { pathname } = new URL(url, 'http://127.0.0.1');
    if (pathname === '/graphql') {
      const code = this.isNew ? 'PERSISTED_DOCUMENT_NOT_FOUND' : 'UNAVAILABLE';
      const body = JSON.stringify({ errors: [{ message: '', extensions: { code } }] });
      return { status: 200, type: 'application/json', body };
    }
    const file = extname(pathname) ? pathname.slice(1) : 'index.html';
    const next = `${this.#entry}-new`;
    if (this.isNew && file === `assets/${this.#entry}.js`) throw new Error('gone');
    const bytes = await readFile(join(DIST, file.replace(next, this.#entry)));
    const isText = ['.html', '.js'].includes(extname(file));
    const renamed = () =>
      bytes
        .toString()
        .replaceAll(this.#entry, next)
        .replace(/"revision":"(\w+)","url":"index.html"/, '"revision":"$1new","url":"index.html"');
    const body = this.isNew && isText ? renamed() : bytes;
    return { status: 200, type: TYPES[extname(file)] ?? 'application/octet-stream', body };
  }
}

const upgrade = test.extend<{ router: Router; origin: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern.
  router: async ({}, use) => {
    const router = new Router();
    await use(router);
    router.stop();
  },
  origin: ({ router }, use) => router.start().then(use),
});

/** Whether the page is of the newer build. */
const isNew = (page: Page) => page.evaluate(() => document.querySelector('script')?.src.includes('-new.js') ?? null);

/** Opens the page until its worker answers for it. */
async function controlled(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  await page.reload();
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state)).toBe('activated');
}

upgrade('a page that is loaded again is the newest, with the policy of now, and starts without a network', async ({
  page,
  router,
  origin,
}) => {
  await controlled(page, `${origin}/forgot`);
  router.isNew = true;
  const answer = await page.reload();
  expect(answer?.headers()['content-security-policy']).toContain('new.example');
  await expect(page.getByRole('button', { name: 'Send e-mail' })).toBeVisible();
  expect(await isNew(page)).toBe(true);
  // The worker of the new build takes over by itself, with the texts that this browser reads.
  const isOfWorker = () =>
    page.evaluate(() => {
      const { port1, port2 } = new MessageChannel();
      const path = new URL(document.querySelector('script')?.src ?? '').pathname;
      navigator.serviceWorker.controller?.postMessage({ type: 'HAS', path }, [port2]);
      return new Promise((resolve) => {
        port1.onmessage = ({ data }) => resolve(data);
      });
    });
  await expect.poll(isOfWorker, { timeout: 15_000 }).toBe(true);
  router.isDown = true;
  await page.reload();
  await expect(page.getByRole('button', { name: 'Send e-mail' })).toBeVisible();
  expect(await isNew(page)).toBe(true);
});

upgrade('“Reload” on a page that the server does not know any more brings the newest to all tabs', async ({
  page,
  context,
  router,
  origin,
}) => {
  await controlled(page, `${origin}/forgot`);
  const other = await context.newPage();
  await other.goto(`${origin}/forgot`);
  await expect(other.getByRole('button', { name: 'Send e-mail' })).toBeVisible();
  router.isNew = true;
  await page.getByRole('link', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'There is a new version' })).toBeVisible();
  expect(await isNew(page)).toBe(false);
  await page.getByRole('main').getByRole('button', { name: 'Reload' }).click();
  await expect.poll(() => isNew(page).catch(() => null)).toBe(true);
  await expect.poll(() => isNew(other).catch(() => null)).toBe(true);
});
