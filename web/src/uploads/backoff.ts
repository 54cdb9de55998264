/** Between two attempts: from the first to the longest pause, in milliseconds. */
const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** How long to wait before the attempt after `failures` failed ones: twice as long each time, with chance. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1)) * (0.5 + random() / 2);
}

/** Waits, and no longer than until the network returns. Rejects when aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (act: () => void) => {
      clearTimeout(timer);
      removeEventListener('online', onOnline);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const onOnline = () => end(resolve);
    const onAbort = () => end(() => reject(new DOMException('aborted', 'AbortError')));
    const timer = setTimeout(() => end(resolve), ms);
    if (signal.aborted) return onAbort();
    addEventListener('online', onOnline);
    signal.addEventListener('abort', onAbort);
  });
}
