import { defineConfig } from '@playwright/test';

/**
 * Tests in a real browser. `engine` needs no platform: it serves media of its own. `flows` goes to a running platform
 * with `--demo`, whose address is in POLYPHONY_URL and whose data folder in POLYPHONY_DATA. `screenshots` takes pictures of one.
 */
export default defineConfig({
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
    { name: 'flows', testDir: 'tests/flows', use: { baseURL: process.env.POLYPHONY_URL } },
    { name: 'screenshots', testDir: 'tests/screenshots', use: { baseURL: process.env.POLYPHONY_URL } },
  ],
});
