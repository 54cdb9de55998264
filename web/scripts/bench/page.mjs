/** Runs in each page before its own scripts: notes when things are seen and heard. */
export function observe() {
  globalThis.seen = {};
  globalThis.longTasks = [];
  globalThis.events = [];
  const look = () => {
    const { seen } = globalThis;
    if (!seen.shell && document.querySelector('nav[aria-label="Main"]')) seen.shell = performance.now();
    if (!seen.home && document.querySelector('main article')) seen.home = performance.now();
    const isPlay = ({ textContent, disabled }) => textContent === 'Play' && !disabled;
    if (!seen.playable && [...document.querySelectorAll('main button')].some(isPlay)) seen.playable = performance.now();
    if (!seen.rows && document.querySelector('main [role="row"] a')) seen.rows = performance.now();
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
  new PerformanceObserver((list) =>
    globalThis.longTasks.push(...list.getEntries().map(({ duration }) => duration)),
  ).observe({
    type: 'longtask',
  });
  // Until the next frame is made. The browser's own figure (`PerformanceEventTiming`) waits for one that is shown: of a key that
  // changes nothing that is the next one that changes something, however long nobody does anything.
  const note = ({ timeStamp, key }) => {
    if (key === 'Control') return;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => globalThis.events.push(performance.now() - timeStamp);
      port2.postMessage(null);
    });
  };
  for (const type of ['keydown', 'click']) addEventListener(type, note, true);
  // The player's element is in no document: it is known from the first time that it plays.
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    globalThis.element = this;
    return play.call(this);
  };
  /** Calls back with the time when the sound has moved on, once it stood or jumped. */
  globalThis.whenHeard = (act) =>
    new Promise((resolve, reject) => {
      const from = globalThis.element?.currentTime ?? 0;
      let start = 0;
      let base = null;
      const tick = () => {
        const element = globalThis.element;
        if (performance.now() - start > 15_000) {
          const { paused, seeking, readyState, currentTime } = element ?? {};
          return reject(
            new Error(`nothing was heard: ${JSON.stringify({ paused, seeking, readyState, currentTime })}`),
          );
        }
        if (element && !element.paused && !element.seeking && element.currentTime !== from) {
          base ??= element.currentTime;
          if (element.currentTime > base) return resolve(performance.now() - start);
        }
        requestAnimationFrame(tick);
      };
      start = performance.now();
      act();
      requestAnimationFrame(tick);
    });
}
