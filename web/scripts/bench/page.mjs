/** Runs in each page before its own scripts: notes when things are seen and heard. */
export function observe() {
  globalThis.seen = {};
  globalThis.longTasks = [];
  globalThis.events = [];
  const look = () => {
    const { seen } = globalThis;
    if (!seen.shell && document.querySelector('nav[aria-label="Main"]')) seen.shell = performance.now();
    if (!seen.home && document.querySelector('main article')) seen.home = performance.now();
    if (!seen.rows && document.querySelector('main [role="row"] a')) seen.rows = performance.now();
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
  new PerformanceObserver((list) =>
    globalThis.longTasks.push(...list.getEntries().map(({ duration }) => duration)),
  ).observe({
    type: 'longtask',
  });
  new PerformanceObserver((list) =>
    globalThis.events.push(...list.getEntries().map(({ duration }) => duration)),
  ).observe({
    type: 'event',
    durationThreshold: 16,
  });
  // The player's element is in no document: it is known from the first time that it plays.
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    globalThis.element = this;
    return play.call(this);
  };
  /** Calls back with the time when the sound has moved on, once it stood or jumped. */
  globalThis.whenHeard = (act) =>
    new Promise((resolve) => {
      const from = globalThis.element?.currentTime ?? 0;
      let start = 0;
      let base = null;
      const tick = () => {
        const element = globalThis.element;
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
