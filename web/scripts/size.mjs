// Fails when what a browser loads before home works is above its budget, or one later chunk, or what the service worker keeps
// before anybody needs it. Reads dist/.vite/manifest.json and dist/sw.js; sizes are those that travel: gzip and brotli.
import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const DIST = new URL('../dist/', import.meta.url);
/** KiB, from the design of the player. */
const BUDGET = {
  firstGzip: 230,
  firstBrotli: 200,
  css: 20,
  html: 5,
  chunkGzip: 60,
  largestRaw: 700,
  precacheRaw: 1228.8,
};
/** What home is made of, besides the entry: its code, and the texts of one language. */
const FIRST_SCREEN = ['src/screens/home/Home.tsx'];
const FIRST_TEXTS = /^src\/i18n\/locales\/en\/(common|player|home|music)\.json$/;

const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8'));
const read = (file) => readFileSync(new URL(file, DIST));
const kib = (bytes) => bytes / 1024;

/** A chunk with all that it imports at once, and their styles. */
function closure(names) {
  const files = new Set();
  const seen = new Set();
  const visit = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    const chunk = manifest[name];
    if (!chunk) throw new Error(`${name} is not in the manifest`);
    files.add(chunk.file);
    for (const style of chunk.css ?? []) files.add(style);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const name of names) visit(name);
  return [...files];
}

const sum = (files, size) => kib(files.reduce((total, file) => total + size(read(file)), 0));
const gzip = (bytes) => gzipSync(bytes, { level: 9 }).length;
const brotli = (bytes) => brotliCompressSync(bytes).length;
const isScript = (file) => file.endsWith('.js');
const isStyle = (file) => file.endsWith('.css');

const texts = Object.keys(manifest).filter((name) => FIRST_TEXTS.test(name));
const first = closure(['index.html', ...FIRST_SCREEN, ...texts]);
const later = Object.values(manifest)
  .map((chunk) => chunk.file)
  .filter((file) => isScript(file) && !first.includes(file));
const largestLater = Math.max(0, ...later.map((file) => kib(gzip(read(file)))));
const scripts = readdirSync(new URL('assets/', DIST)).filter(isScript);

/** What the service worker fetches at once (precache.ts): all but what it keeps later, and the texts of the largest language. */
function precached() {
  const worker = readFileSync(new URL('sw.js', DIST), 'utf8');
  const entries = [...worker.matchAll(/\{"revision":(null|"\w+"),"url":"([^"]+)"\}/g)].map(([, revision, url]) => ({
    url,
    isLater: revision === '"later"',
  }));
  const raw = (files) => sum(files, (bytes) => bytes.length);
  const urls = entries.map(({ url }) => url);
  const languages = [...new Set(urls.map((url) => /\/texts-(\w+)-/.exec(url)?.[1]).filter(Boolean))];
  if (languages.length < 2) throw new Error('dist/sw.js names no texts');
  const texts = languages.map((language) => raw(urls.filter((url) => url.includes(`/texts-${language}-`))));
  return raw(entries.filter(({ isLater }) => !isLater).map(({ url }) => url)) + Math.max(...texts);
}

const figures = [
  ['first load, JavaScript, gzip', sum(first.filter(isScript), gzip), BUDGET.firstGzip],
  ['first load, JavaScript, brotli', sum(first.filter(isScript), brotli), BUDGET.firstBrotli],
  ['first load, CSS, gzip', sum(first.filter(isStyle), gzip), BUDGET.css],
  ['index.html, gzip', sum(['index.html'], gzip), BUDGET.html],
  ['largest later chunk, gzip', largestLater, BUDGET.chunkGzip],
  ['largest chunk, raw', Math.max(...scripts.map((file) => kib(read(`assets/${file}`).length))), BUDGET.largestRaw],
  ['precache with one language, raw', precached(), BUDGET.precacheRaw],
];

let isOver = false;
for (const [name, value, budget] of figures) {
  isOver ||= value > budget;
  console.log(
    `${value > budget ? 'OVER' : 'ok  '}  ${name.padEnd(34)} ${value.toFixed(1).padStart(7)} of ${budget} KiB`,
  );
}
process.exit(isOver ? 1 : 0);
