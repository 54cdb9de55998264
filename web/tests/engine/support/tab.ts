/** A tab in which the engine's tests play music: of Chromium by Playwright, or of the Firefox that people have by WebDriver BiDi. */

import type { Page as ChromiumPage, Playwright } from '@playwright/test';
import puppeteer, { type Browser, type Page as FirefoxPage } from 'puppeteer-core';

import { Loudspeaker } from './loudspeaker';

/** What the tests need of a tab: the part of Playwright's `Page` that both browsers have. */
export interface Tab {
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  evaluate<R, A>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  evaluate<R>(run: () => R | Promise<R>): Promise<R>;
  waitForFunction<A>(holds: (argument: A) => unknown, argument: A, options?: WaitOptions): Promise<unknown>;
  waitForFunction(holds: () => unknown, argument?: undefined, options?: WaitOptions): Promise<unknown>;
  waitForTimeout(milliseconds: number): Promise<void>;
  /** Hears what the page throws and nobody catches. */
  onError(listener: (error: Error) => void): void;
  close(): Promise<void>;
}

interface WaitOptions {
  /** Milliseconds. */
  readonly timeout?: number;
  readonly polling?: number;
}

/** A browser of one worker. */
export interface Tabs {
  open(): Promise<Tab>;
  close(): Promise<void>;
}

type LaunchOptions = Parameters<Playwright['chromium']['launch']>[0];

export async function chromiumTabs({ chromium }: Playwright, options: LaunchOptions): Promise<Tabs> {
  const browser = await chromium.launch(options);
  return {
    open: async () => {
      const context = await browser.newContext();
      const page: ChromiumPage = await context.newPage();
      return Object.assign(page, {
        onError: (listener: (error: Error) => void) => void page.on('pageerror', listener),
        close: () => context.close(),
      });
    },
    close: () => browser.close(),
  };
}

/** Playwright drives a Firefox of its own making only; Debian's speaks WebDriver BiDi, as every one does. */
export async function firefoxTabs(executablePath: string): Promise<Tabs> {
  // Without a device that sounds Firefox gives up with an error instead of playing in silence.
  const loudspeaker = await Loudspeaker.start();
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    env: { ...process.env, ...loudspeaker?.environment },
    // Sound without a click, as Chromium is started here.
    extraPrefsFirefox: { 'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0 },
  });
  return {
    open: () => openFirefox(browser),
    close: async () => {
      await browser.close();
      await loudspeaker?.stop();
    },
  };
}

async function openFirefox(browser: Browser): Promise<Tab> {
  // Its own storage, like a context of Playwright.
  const context = await browser.createBrowserContext();
  return new FirefoxTab(await context.newPage(), () => context.close());
}

class FirefoxTab implements Tab {
  constructor(
    readonly page: FirefoxPage,
    readonly close: () => Promise<void>,
  ) {}

  goto(url: string) {
    return this.page.goto(url);
  }

  reload() {
    return this.page.reload();
  }

  evaluate<R, A>(run: (argument: A) => R | Promise<R>, ...argument: [A?]): Promise<R> {
    return this.page.evaluate(run as (...all: unknown[]) => R, ...argument) as Promise<R>;
  }

  waitForFunction<A>(holds: (argument: A) => unknown, argument?: A, { timeout, polling }: WaitOptions = {}) {
    const options = { timeout: timeout ?? 30_000, polling: polling ?? 50 };
    return this.page.waitForFunction(holds as (...all: unknown[]) => unknown, options, argument);
  }

  waitForTimeout(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  onError(listener: (error: Error) => void): void {
    this.page.on('pageerror', (error) => listener(error as Error));
  }
}
