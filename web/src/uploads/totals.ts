import type { UploadItem, UploadPhase, UploadTotals } from './types';

const ACTIVE: ReadonlySet<UploadPhase> = new Set(['waiting', 'checking', 'sending', 'paused']);
const SENT: ReadonlySet<UploadPhase> = new Set(['processing', 'ready']);
/** What does not count: nobody wants it any more, or it is not this tab's. */
const ASIDE: ReadonlySet<UploadPhase> = new Set(['cancelled', 'interrupted']);

/** Whether a file's bytes are still to go, by this tab. */
export const isActive = (item: UploadItem) => ACTIVE.has(item.phase);
/** Whether nothing more happens to it by itself. */
export const isFinished = (item: UploadItem) => !isActive(item) && item.phase !== 'processing';

/** The sums of a list. Files that were taken up from other browsers count only as being processed. */
export function totalsOf(items: Iterable<UploadItem>, bytesPerSecond: number): UploadTotals {
  const totals = {
    files: 0,
    sentFiles: 0,
    failedFiles: 0,
    bytes: 0,
    sentBytes: 0,
    activeFiles: 0,
    processingFiles: 0,
    bytesPerSecond,
  };
  for (const item of items) {
    if (item.phase === 'processing') totals.processingFiles += 1;
    if (!item.hasFile || ASIDE.has(item.phase)) continue;
    totals.files += 1;
    if (item.phase === 'failed' || item.phase === 'rejected') {
      totals.failedFiles += 1;
      continue;
    }
    totals.bytes += item.sizeBytes;
    if (SENT.has(item.phase)) {
      totals.sentFiles += 1;
      totals.sentBytes += item.sizeBytes;
    } else {
      totals.activeFiles += 1;
      if (item.phase !== 'checking' && item.phase !== 'waiting') totals.sentBytes += item.doneBytes;
    }
  }
  return totals;
}

/** Over how long the speed is taken, in milliseconds. */
const WINDOW_MS = 10_000;

/** How fast bytes go out, over the last ten seconds. */
export class Speed {
  #points: { readonly at: number; readonly bytes: number }[] = [];

  /** Notes how many bytes are out in all at this time, and gives the speed in bytes per second. */
  note(bytes: number, at: number): number {
    const last = this.#points.at(-1);
    // Something was cancelled or added: what is out cannot become less.
    if (last && bytes < last.bytes) this.#points = [];
    this.#points.push({ at, bytes });
    while (this.#points.length > 2 && at - (this.#points[0]?.at ?? at) > WINDOW_MS) this.#points.shift();
    const first = this.#points[0];
    return first && at - first.at >= 500 ? ((bytes - first.bytes) * 1000) / (at - first.at) : 0;
  }

  reset(): void {
    this.#points = [];
  }
}
