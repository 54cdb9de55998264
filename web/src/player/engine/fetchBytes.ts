/** Fetching with a limit on silence, measured. Turns what goes wrong into `MediaError`s. */

import type { Resource } from './hls';
import { MediaError } from './media';
import type { ThroughputMeter } from './throughput';

/** A transfer that stands still for this long is given up. */
const STALL_TIMEOUT_MS = 10_000;

/** The answer's status was no success. */
export class StatusError extends MediaError {
  constructor(readonly status: number) {
    const retriable = status >= 500 || status === 408 || status === 429;
    super(retriable ? 'MEDIA_UNAVAILABLE' : 'TRACK_UNAVAILABLE', retriable, `the server answered ${status}`);
  }

  /** A signature that has expired, or a URL of an encoding that was replaced: a new plan may help. */
  get isStale(): boolean {
    return this.status === 401 || this.status === 403 || this.status === 404 || this.status === 410;
  }
}

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export async function fetchText(fetch: Fetch, uri: string, signal: AbortSignal): Promise<string> {
  const bytes = await fetchBytes(fetch, { uri, range: null }, signal, null);
  return new TextDecoder().decode(bytes);
}

/** All bytes of a resource. `meter` learns how fast they came. */
export async function fetchBytes(
  fetch: Fetch,
  resource: Resource,
  signal: AbortSignal,
  meter: ThroughputMeter | null,
): Promise<Uint8Array<ArrayBuffer>> {
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), STALL_TIMEOUT_MS);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(), STALL_TIMEOUT_MS);
  };
  try {
    const began = performance.now();
    const response = await fetch(resource.uri, {
      signal: AbortSignal.any([signal, stalled.signal]),
      headers: rangeHeader(resource),
      credentials: 'omit',
    });
    if (!response.ok) throw new StatusError(response.status);
    const bytes = cut(await readAll(response, alive), resource, response.status);
    meter?.add(bytes.byteLength, performance.now() - began);
    return bytes;
  } catch (error) {
    if (error instanceof MediaError || signal.aborted) throw error;
    const reason = navigator.onLine ? 'MEDIA_UNAVAILABLE' : 'OFFLINE';
    throw new MediaError(reason, true, 'a transfer failed or stood still', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function rangeHeader({ range }: Resource): Record<string, string> {
  return range ? { range: `bytes=${range.offset}-${range.offset + range.length - 1}` } : {};
}

/** A server that ignores ranges answers 200 with everything. */
function cut(bytes: Uint8Array<ArrayBuffer>, { range }: Resource, status: number): Uint8Array<ArrayBuffer> {
  const wanted = range && status === 200 ? bytes.slice(range.offset, range.offset + range.length) : bytes;
  if (range && wanted.byteLength !== range.length)
    throw new MediaError('MEDIA_UNAVAILABLE', true, 'the server sent another range than was asked for');
  return wanted;
}

async function readAll(response: Response, alive: () => void): Promise<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader();
  if (!reader) return new Uint8Array(await response.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    alive();
    chunks.push(value);
    size += value.byteLength;
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}
