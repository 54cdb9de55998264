import { defineConfig } from '@playwright/test';

import type { WorkerOptions } from './tests/engine/support/fixtures';

/**
 * Tests in a real browser. `engine` needs no platform: it serves media of its own; `firefox` are some of them in Firefox.
 * `flows` goes to a running platform with `--demo`, whose address is in POLYPHONY_URL and whose data folder in POLYPHONY_DATA. `screenshots` takes pictures of one.
 */
export default defineConfig<object, WorkerOptions>({
  fullyParallel: false,
  workers: 1,
  timeout: 90_000,
  // As the other tests of the suite: on a busy machine a test gets a second try, and is named as flaky then.
  retries: 1,
  reporter: [['list']],
  use: {
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required'],
    },
  },
  projects: [
    { name: 'engine', testDir: 'tests/engine' },
    {
      name: 'firefox',
      testDir: 'tests/engine',
      // What browsers do each in its own way.
      grep: /@firefox/,
      use: { firefox: process.env.FIREFOX ?? '/usr/bin/firefox-esr' },
    },
    { name: 'flows', testDir: 'tests/flows', use: { baseURL: process.env.POLYPHONY_URL } },
    { name: 'screenshots', testDir: 'tests/screenshots', use: { baseURL: process.env.POLYPHONY_URL } },
  ],
});
