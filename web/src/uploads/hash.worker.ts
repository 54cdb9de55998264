/// <reference lib="webworker" />
import { createSHA256 } from 'hash-wasm';

import { Sha256 } from './sha256';

declare const self: DedicatedWorkerGlobalScope;

/** What the page sends: a file to hash, or one to give up. */
export type HashRequest =
  | { readonly kind: 'hash'; readonly id: number; readonly file: Blob }
  | { readonly kind: 'abort'; readonly id: number };
/** What it hears: how far a file is, its hash, or that it cannot be read. */
export type HashAnswer =
  | { readonly kind: 'progress'; readonly id: number; readonly doneBytes: number }
  | { readonly kind: 'done'; readonly id: number; readonly hash: string }
  | { readonly kind: 'failed'; readonly id: number };

/** How much is read at once. */
const CHUNK_BYTES = 4 * 2 ** 20;

const aborted = new Set<number>();
const tell = (answer: HashAnswer) => self.postMessage(answer);

/** The hasher of WebAssembly; the one of JavaScript where the content security policy forbids that. */
async function hasher(): Promise<{ update(bytes: Uint8Array): unknown; hex(): string }> {
  try {
    const fast = await createSHA256();
    fast.init();
    return { update: (bytes) => fast.update(bytes), hex: () => fast.digest('hex') };
  } catch {
    return new Sha256();
  }
}

async function hash(id: number, file: Blob): Promise<void> {
  const sum = await hasher();
  for (let from = 0; from < file.size; from += CHUNK_BYTES) {
    if (aborted.delete(id)) return;
    sum.update(new Uint8Array(await file.slice(from, from + CHUNK_BYTES).arrayBuffer()));
    tell({ kind: 'progress', id, doneBytes: Math.min(file.size, from + CHUNK_BYTES) });
  }
  tell({ kind: 'done', id, hash: sum.hex() });
}

/** One file after the other: two at once would only make the disk seek. */
let last: Promise<void> = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<HashRequest>) => {
  if (data.kind === 'abort') {
    aborted.add(data.id);
    return;
  }
  last = last.then(() => hash(data.id, data.file)).catch(() => tell({ kind: 'failed', id: data.id }));
};
