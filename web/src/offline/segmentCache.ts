/** Bytes of offline songs, in Cache Storage: `/offline/<track>/<rendition>/<n>`, never under URLs that were signed. */

const CACHE = 'polyphony-offline';
/** The name of the initialization segment. */
const INIT = 'init';

export type Part = number | typeof INIT;

export function partUrl(trackId: string, rendition: string, part: Part): string {
  return `/offline/${encodeURIComponent(trackId)}/${encodeURIComponent(rendition)}/${part}`;
}

export class SegmentCache {
  async get(trackId: string, rendition: string, part: Part): Promise<Uint8Array<ArrayBuffer> | null> {
    const response = await (await caches.open(CACHE)).match(partUrl(trackId, rendition, part));
    return response ? new Uint8Array(await response.arrayBuffer()) : null;
  }

  /** Rejects with a `QuotaExceededError` where the browser gives no more room. */
  async put(trackId: string, rendition: string, part: Part, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const headers = { 'content-type': 'audio/mp4', 'content-length': String(bytes.byteLength) };
    await (await caches.open(CACHE)).put(partUrl(trackId, rendition, part), new Response(bytes, { headers }));
  }

  /** Removes all bytes of a track. */
  async removeTrack(trackId: string): Promise<void> {
    const cache = await caches.open(CACHE);
    const folder = `/offline/${encodeURIComponent(trackId)}/`;
    const own = (await cache.keys()).filter(({ url }) => new URL(url).pathname.startsWith(folder));
    await Promise.all(own.map((request) => cache.delete(request)));
  }

  /** Ids of all tracks that have bytes here, also of downloads that were broken off. */
  async trackIds(): Promise<ReadonlySet<string>> {
    const urls = (await (await caches.open(CACHE)).keys()).map(({ url }) => new URL(url).pathname.split('/')[2] ?? '');
    return new Set(urls.map(decodeURIComponent));
  }
}
