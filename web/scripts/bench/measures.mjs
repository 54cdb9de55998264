/** What is measured once somebody is signed in. Each gives figures by their names, times in milliseconds. */

import { createServer } from 'node:http';

const sorted = (times) => times.toSorted((a, b) => a - b);
export const at = (times, share) =>
  sorted(times)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;

const bar = (page) => page.getByRole('region', { name: 'Player' });
const button = (page, name) => bar(page).getByRole('button', { name, exact: true });

/** From the click on an album to its first sound; and of a bare element with a file of as many bytes from this process. */
export async function firstSounds(page, url, rounds) {
  const ours = [];
  await page.goto(`${url}/explore`);
  const albums = page.getByRole('main').getByRole('button', { name: /^Play / });
  await albums.first().waitFor();
  // The player's own code comes after the page.
  await page.waitForTimeout(2_000);
  const count = await albums.count();
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await albums.nth(round % count).evaluate((element) => globalThis.whenHeard(() => element.click())));
    await button(page, 'Pause').click();
    await button(page, 'Play').waitFor();
  }
  const bare = await bareSounds(page.context(), rounds);
  return { firstSound: at(ours, 0.5), firstSoundMost: Math.max(...ours), bareFirstSound: at(bare, 0.5) };
}

/** Ten seconds of a tone as a WAV file. */
function tone() {
  const samples = 441_000;
  const file = Buffer.alloc(44 + samples * 2);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + samples * 2, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  for (const [value, place] of [
    [1, 20],
    [1, 22],
    [2, 32],
    [16, 34],
  ])
    file.writeUInt16LE(value, place);
  file.writeUInt32LE(44_100, 24);
  file.writeUInt32LE(88_200, 28);
  file.write('data', 36);
  file.writeUInt32LE(samples * 2, 40);
  for (let at = 0; at < samples; at += 1) file.writeInt16LE(Math.round(8_000 * Math.sin(at / 16)), 44 + at * 2);
  return file;
}

async function bareSounds(context, rounds) {
  const file = tone();
  const server = createServer((request, response) => {
    const isPage = request.url === '/';
    response.writeHead(200, { 'content-type': isPage ? 'text/html' : 'audio/wav', 'cache-control': 'no-store' });
    response.end(isPage ? '<!doctype html><title>Bare</title>' : file);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    times.push(
      await page.evaluate((number) => {
        globalThis.element?.pause();
        globalThis.element = undefined;
        return globalThis.whenHeard(() => void new Audio(`/tone.wav?${number}`).play());
      }, round),
    );
  }
  await page.close();
  server.closeAllConnections();
  server.close();
  return times;
}

/** Five seconds on, inside of what is loaded, by a key. */
export async function seeks(page, rounds) {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    await page
      .getByRole('main')
      .getByRole('button', { name: /^Play / })
      .first()
      .click();
    await page.waitForFunction(
      () => globalThis.element && !globalThis.element.paused && globalThis.element.currentTime > 0.5,
    );
    await page.waitForTimeout(500);
    times.push(
      await page.evaluate(() =>
        globalThis.whenHeard(() => {
          document.activeElement?.blur();
          document.body.dispatchEvent(
            new KeyboardEvent('keydown', { key: 'ArrowRight', code: 'ArrowRight', bubbles: true }),
          );
        }),
      ),
    );
  }
  return { seek: at(times, 0.5), seekMost: Math.max(...times) };
}

/** From a key or a click until the frame that follows is made, with all that they change in it. */
export async function interactions(page) {
  await page.evaluate(() => globalThis.events.splice(0));
  for (const key of [
    'q',
    'q',
    'y',
    'y',
    'd',
    'd',
    'l',
    'l',
    'm',
    'm',
    's',
    's',
    '?',
    'Escape',
    'Control+k',
    'Escape',
  ]) {
    await page.keyboard.press(key);
    await page.waitForTimeout(150);
  }
  for (const name of ['Library', 'History', 'Home', 'Playlists', 'Explore', 'Home']) {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
    await page.waitForTimeout(500);
  }
  const all = await page.evaluate(() => globalThis.events);
  return { interaction: at(all, 0.95), interactionMost: Math.max(...all) };
}

/** A pause on one tab as it is seen on another; and the first sound of a tab that takes over. */
export async function handOvers(context, page, url, rounds) {
  const other = await context.newPage();
  await other.goto(`${url}/devices`);
  const here = other.getByRole('main').getByRole('button', { name: 'Play here' }).first();
  await page
    .getByRole('main')
    .getByRole('button', { name: /^Play / })
    .first()
    .click();
  await here.waitFor();
  const over = await here.evaluate((element) => globalThis.whenHeard(() => element.click()));
  await button(other, 'Pause').waitFor();
  const times = [];
  for (let round = 0; round < rounds * 2; round += 1) {
    const [from, to] = round % 2 === 0 ? ['Pause', 'Play'] : ['Play', 'Pause'];
    await button(page, from).waitFor();
    const seen = other.evaluate(
      (label) =>
        new Promise((done) => {
          const find = () => document.querySelector(`section[aria-label="Player"] button[aria-label="${label}"]`);
          const tick = () => (find() ? done(Date.now()) : setTimeout(tick, 1));
          tick();
        }),
      to,
    );
    const acted = await button(page, from).evaluate((element) => {
      element.click();
      return Date.now();
    });
    times.push((await seen) - acted);
  }
  await other.close();
  return { handOver: over, command: at(times, 0.95) };
}

/** A playlist of 10,000 entries: its first rows, its scrolling, and what it costs. */
export async function longList(page, url, person) {
  const playlist = await makeLongList(url, person);
  const session = await page.context().newCDPSession(page);
  const heap = async () => {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize / 2 ** 20;
  };
  await page.goto(`${url}/library/playlists`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  const before = await heap();
  await page.goto(`${url}/playlists/${playlist}`);
  await page.waitForFunction(() => globalThis.seen.rows);
  const firstRows = await page.evaluate(() => {
    const answers = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/graphql'));
    const data = answers.map(({ responseEnd }) => responseEnd).filter((end) => end <= globalThis.seen.rows);
    return globalThis.seen.rows - Math.max(...data);
  });
  await page.waitForTimeout(1_000);
  await page.evaluate(() => globalThis.longTasks.splice(0));
  await page.mouse.move(640, 500);
  for (let turn = 0; turn < 60; turn += 1) {
    await page.mouse.wheel(0, 1_500);
    await page.waitForTimeout(30);
  }
  await page.waitForTimeout(500);
  const longest = await page.evaluate(() => Math.max(0, ...globalThis.longTasks));
  return { firstRows, scrollTask: longest, nodes: await page.locator('*').count(), heapMib: (await heap()) - before };
}

async function makeLongList(url, { email, password }) {
  const ask = async (query, variables, token) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const login = 'mutation ($input: LoginInput!) { login(input: $input) { tokens { accessToken } } }';
  const token = (await ask(login, { input: { email, password, deviceName: 'Bench' } })).login.tokens.accessToken;
  const { tracks } = await ask('{ tracks(first: 20) { edges { node { id } } } }', {}, token);
  const ids = tracks.edges.map(({ node }) => node.id);
  const create = 'mutation ($input: PlaylistInput!) { createPlaylist(input: $input) { playlist { id } } }';
  const { id } = (await ask(create, { input: { title: 'Ten thousand' } }, token)).createPlaylist.playlist;
  const add =
    'mutation ($id: ID!, $tracks: [ID!]!) { addPlaylistItems(playlistId: $id, trackIds: $tracks) { userErrors { message } } }';
  const some = Array.from({ length: 500 }, (_, number) => ids[number % ids.length]);
  for (let added = 0; added < 10_000; added += some.length) {
    const { userErrors } = (await ask(add, { id, tracks: some }, token)).addPlaylistItems;
    if (userErrors.length > 0) throw new Error(userErrors[0].message);
  }
  return id;
}
