/** Lighthouse on its simulated phone: a program of its own, which npm brings when it is asked for. */

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** 12.3 and later have dependencies that spoil `npm ci`, 13 wants Node 22: so it is no package of the player's. */
const VERSION = '12.2.3';
const TIMEOUT_MS = 110_000;

/** Scores of 0 to 100, and what the first is made of; empty where Lighthouse cannot be had. */
export async function lighthouse(address, chromium) {
  const folder = await mkdtemp(join(tmpdir(), 'polyphony-lighthouse-'));
  const report = join(folder, 'report.json');
  const [program, ...first] = process.env.LIGHTHOUSE
    ? [process.env.LIGHTHOUSE]
    : ['npm', 'exec', '--yes', `--package=lighthouse@${VERSION}`, '--', 'lighthouse'];
  const options = [
    address,
    '--quiet',
    '--only-categories=performance,accessibility',
    '--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage',
    '--output=json',
    `--output-path=${report}`,
  ];
  try {
    const measure = () => run(program, [...first, ...options], { CHROME_PATH: chromium });
    // Where much else runs, its trace may lack the beginning (NO_NAVSTART), and it asks to be run again.
    await measure().catch(measure);
    const { categories, audits } = JSON.parse(await readFile(report, 'utf8'));
    return {
      lighthousePerformance: categories.performance.score * 100,
      lighthouseAccessibility: categories.accessibility.score * 100,
      largestPaint: audits['largest-contentful-paint'].numericValue,
      blockingTime: audits['total-blocking-time'].numericValue,
      layoutShift: audits['cumulative-layout-shift'].numericValue,
    };
  } catch (error) {
    console.error(`Lighthouse measured nothing: ${error.message}`);
    return {};
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(program, args, variables) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...variables },
      timeout: TIMEOUT_MS,
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => (code === 0 ? resolve() : reject(new Error(`it ended with ${code ?? signal}`))));
  });
}
