import type { HashAnswer, HashRequest } from './hash.worker';
import type { HashFile } from './types';

/** Hashes files in a worker, so that the page never waits. Without workers there is no hash: the server takes files without one. */
export function createHashFile(): HashFile {
  let worker: Worker | null | undefined;
  let lastId = 0;
  const waiting = new Map<
    number,
    { onProgress: (doneBytes: number) => void; done: (hash: string | null) => void; failed: (error: Error) => void }
  >();
  const start = (): Worker | null => {
    try {
      const started = new Worker(new URL('./hash.worker.ts', import.meta.url), { type: 'module' });
      started.onmessage = ({ data }: MessageEvent<HashAnswer>) => {
        const asked = waiting.get(data.id);
        if (data.kind === 'progress') return asked?.onProgress(data.doneBytes);
        waiting.delete(data.id);
        if (data.kind === 'done') asked?.done(data.hash);
        else asked?.failed(new Error('The file cannot be read'));
      };
      // A worker that does not start: files go without a hash, now and later.
      started.onerror = () => {
        worker = null;
        for (const asked of waiting.values()) asked.done(null);
        waiting.clear();
      };
      return started;
    } catch {
      return null;
    }
  };
  return (file, onProgress, signal) => {
    if (worker === undefined) worker = start();
    const running = worker;
    if (!running) return Promise.resolve(null);
    lastId += 1;
    const id = lastId;
    return new Promise((done, failed) => {
      waiting.set(id, { onProgress, done, failed });
      running.postMessage({ kind: 'hash', id, file } satisfies HashRequest);
      signal.addEventListener('abort', () => {
        if (!waiting.delete(id)) return;
        running.postMessage({ kind: 'abort', id } satisfies HashRequest);
        failed(new DOMException('aborted', 'AbortError'));
      });
    });
  };
}
