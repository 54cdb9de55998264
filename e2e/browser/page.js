// Runs inside the browser: plays one URL with one player, and does to it what a listener does.

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `isSo` gives something truthy; what it was is named in the error. */
async function until(what, isSo, ms = 60000) {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    const found = isSo();
    if (found) return found;
    await pause(5);
  }
  throw new Error(`waited in vain for ${what}`);
}

/** hls.js and shaka-player behind the few things that are done to them here. */
const PLAYERS = {
  async hls(audio, url) {
    const player = new Hls();
    const failures = [];
    player.on(Hls.Events.ERROR, (_, error) => error.fatal && failures.push(`${error.type} ${error.details}`));
    player.loadSource(url);
    player.attachMedia(audio);
    await until("the master playlist", () => player.levels.length > 0);
    return {
      failures,
      levels: () => player.levels.map((level) => level.bitrate),
      choose: async (index) => {
        player.currentLevel = index;
        await until(`level ${index}`, () => player.currentLevel === index);
      },
    };
  },
  async shaka(audio, url) {
    shaka.polyfill.installAll();
    const player = new shaka.Player();
    const failures = [];
    player.addEventListener("error", (event) => failures.push(`shaka ${event.detail.code}`));
    player.configure({ abr: { enabled: false } });
    await player.attach(audio);
    await player.load(url);
    const tracks = () => player.getVariantTracks().sort((one, other) => one.bandwidth - other.bandwidth);
    return {
      failures,
      levels: () => tracks().map((track) => track.bandwidth),
      choose: async (index) => {
        const { id } = tracks()[index];
        player.selectVariantTrack(tracks()[index], true);
        await until(`variant ${index}`, () => player.getVariantTracks().some((track) => track.active && track.id === id));
      },
    };
  },
};

/** Audio comes on for a while from where it is. */
async function plays(audio, seconds) {
  const from = audio.currentTime;
  await until(`sound behind ${from.toFixed(1)} s`, () => audio.currentTime > from + seconds && !audio.seeking);
}

/** A sequence that is the same in each run and looks random. */
function* random(seed) {
  for (let state = seed >>> 0; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Plays a URL; then, unless only the first sound is asked for, switches through the levels and seeks. */
globalThis.listen = async ({ player: name, url, until: end, seeks, seed, onlyFirstSound }) => {
  const audio = document.querySelector("video");
  const began = performance.now();
  const playing = audio.play().catch(() => {});
  const player = await PLAYERS[name](audio, url);
  audio.play().catch(() => {});
  await until("the first sound", () => audio.currentTime > 0);
  const firstAudioMs = performance.now() - began;
  if (onlyFirstSound) return { firstAudioMs, failures: player.failures };
  await playing;
  const began_at_beginning = audio.currentTime < 1;
  await plays(audio, 0.5);
  const levels = player.levels();
  const switched = [];
  for (const index of [...levels.keys(), 0]) {
    await player.choose(index);
    await plays(audio, 0.3);
    switched.push(index);
  }
  const positions = [];
  const numbers = random(seed);
  for (let count = 0; count < seeks; count += 1) {
    // The last one is as near to the end as a few segments of sound allow.
    const position = (count === seeks - 1 ? 1 : numbers.next().value) * (end - 3);
    audio.currentTime = position;
    await until(`position ${position.toFixed(1)}`, () => !audio.seeking && audio.currentTime >= position - 0.1);
    await plays(audio, 0.3);
    const landed = audio.currentTime;
    if (landed < position || landed > position + 5) throw new Error(`sought ${position}, landed at ${landed}`);
    positions.push(position);
  }
  return { firstAudioMs, levels, switched, positions, began_at_beginning, failures: player.failures };
};
