// Plays a URL of Polyphony in a real browser, from another origin, and prints what happened as JSON.
// Usage: node play.mjs '{"chromium": "/usr/bin/chromium", "player": "hls", "url": "…", "until": 30, "seeks": 10, "seed": 1}'
// With "folder" in place of "url" it plays the "master.m3u8" of that folder from a plain file server of its own.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, join } from "node:path";

import { launch } from "puppeteer-core";

const options = JSON.parse(process.argv[2]);
const here = (path) => new URL(path, import.meta.url);
const FILES = {
  "/hls.js": here("node_modules/hls.js/dist/hls.min.js"),
  "/shaka.js": here("node_modules/shaka-player/dist/shaka-player.compiled.js"),
  "/page.js": here("page.js"),
};
const PAGE = `<!doctype html><title>Polyphony</title><video></video>
<script src="/${options.player}.js"></script><script type="module" src="/page.js"></script>`;

/** A server on a free port of this machine; gives it with its origin. */
async function serve(answer) {
  const server = createServer((request, response) =>
    answer(request, response).catch((error) => response.writeHead(404).end(String(error))),
  );
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return [server, `http://127.0.0.1:${server.address().port}`];
}

const [server, origin] = await serve(async (request, response) => {
  const file = FILES[request.url];
  response.setHeader("content-type", file ? "text/javascript" : "text/html");
  response.end(file ? await readFile(file) : PAGE);
});
const [files, plain] = await serve(async (request, response) => {
  const content = await readFile(join(options.folder, basename(request.url)));
  response.writeHead(200, { "access-control-allow-origin": "*" }).end(content);
});
if (options.folder) options.url = `${plain}/master.m3u8`;

const browser = await launch({
  executablePath: options.chromium,
  headless: true,
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required", "--mute-audio"],
  protocolTimeout: 300_000,
});
const complaints = [];
try {
  const page = await browser.newPage();
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${origin}/`);
  await page.waitForFunction(() => globalThis.listen);
  const result = await page.evaluate((given) => globalThis.listen(given), options);
  console.log(JSON.stringify({ ...result, complaints }));
} catch (error) {
  console.log(JSON.stringify({ error: String(error), complaints }));
  process.exitCode = 1;
} finally {
  await browser.close();
  server.close();
  files.close();
}
