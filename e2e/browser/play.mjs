// Plays a URL of Polyphony in a real browser, from another origin, and prints what happened as JSON.
// Usage: node play.mjs '{"chromium": "/usr/bin/chromium", "player": "hls", "url": "…", "until": 30, "seeks": 10, "seed": 1}'

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

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

const server = createServer(async (request, response) => {
  const file = FILES[request.url];
  response.setHeader("content-type", file ? "text/javascript" : "text/html");
  response.end(file ? await readFile(file) : PAGE);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

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
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction(() => globalThis.listen);
  const result = await page.evaluate((given) => globalThis.listen(given), options);
  console.log(JSON.stringify({ ...result, complaints }));
} catch (error) {
  console.log(JSON.stringify({ error: String(error), complaints }));
  process.exitCode = 1;
} finally {
  await browser.close();
  server.close();
}
