/**
 * A small media service for tests: plans, playlists and segments of encoded tracks, over a real network connection, with
 * everything that goes wrong in one: signatures that expire, slow and broken transfers, tracks that are still encoded.
 */

import { readFile } from 'node:fs/promises';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'vite';

import type { EncodedRendition, EncodedTrack } from './encode';

const PAGE = '<!doctype html><html lang="en"><title>Engine</title><body><script type="module" src="/page.js"></script>';

export class MediaServer {
  readonly tracks = new Map<string, EncodedTrack>();
  /** How many segments of a track are there; absent: all, and the list has ended. */
  readonly encoded = new Map<string, number>();
  /** Tracks that have no plan. */
  readonly missing = new Set<string>();
  /** Tracks of which the plan is never answered. */
  readonly hanging = new Set<string>();
  /** How often these segments (as in `segments`) come with bytes that nobody can decode. */
  readonly damaged = new Map<string, number>();
  /** Only URLs with this signature are answered. */
  signature = 1;
  /** Connections are cut. */
  isDown = false;
  /** Bytes per second of segments; 0: as fast as it goes. */
  bytesPerSecond = 0;
  /** Requests of segments, `track/rendition/file`, in order. */
  readonly segments: string[] = [];
  plans = 0;
  /** One file for a whole rendition, addressed by ranges. */
  byteRanges = false;
  #page = '';
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.writeHead(404).end(String(error)));
    });
  }

  static async start(): Promise<MediaServer> {
    const server = new MediaServer();
    server.#page = await buildPage();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  add(...tracks: readonly EncodedTrack[]): void {
    for (const track of tracks) this.tracks.set(track.name, track);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin);
    if (url.pathname === '/') return void response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    if (url.pathname === '/page.js') return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(this.#page);
    if (url.pathname === '/favicon.ico') return void response.writeHead(204).end();
    if (this.isDown) return void request.socket.destroy();
    const [, kind, name, file, segment] = url.pathname.split('/') as [string, string, string, string?, string?];
    const track = this.tracks.get(name);
    if (!track || this.missing.has(name)) return void response.writeHead(404).end();
    if (kind === 'plan' && this.hanging.has(name)) return;
    if (kind === 'plan') return void response.writeHead(200).end(JSON.stringify(this.#plan(track)));
    if (url.searchParams.get('signature') !== String(this.signature)) return void response.writeHead(403).end();
    if (file === 'master.m3u8') return void response.writeHead(200).end(this.#multivariant(track));
    const rendition = track.renditions.find((one) => one.name === file?.replace('.m3u8', ''));
    if (!rendition) return void response.writeHead(404).end();
    if (!segment) return void response.writeHead(200).end(await this.#media(track, rendition));
    await this.#segment(rendition, segment, request, response);
  }

  #plan(track: EncodedTrack) {
    this.plans += 1;
    const known = this.encoded.get(track.name);
    const isFinished = known === undefined;
    return {
      mode: 'HLS',
      url: `${this.origin}/media/${track.name}/master.m3u8?signature=${this.signature}`,
      expiresAt: new Date(Date.now() + 6 * 3_600_000).toISOString(),
      // While it is encoded the length is an estimate, and a bad one.
      durationMs: isFinished ? track.durationMs : track.durationMs + 700,
      playableUntilMs: isFinished ? track.durationMs : known * 6000,
      loudness: null,
      renditions: track.renditions.map(({ codec, bitrateKbps, gapless }) => ({
        codec,
        bitrateKbps,
        lossless: codec === 'FLAC',
        sizeBytes: isFinished ? 1 : 0,
        gapless: isFinished ? gapless : { ...gapless, padding: 0, totalSamples: gapless.totalSamples + 31_000 },
      })),
    };
  }

  #multivariant(track: EncodedTrack): string {
    const lines = track.renditions.map(({ name, bandwidth, codec }) => {
      const codecs = codec === 'FLAC' ? 'fLaC' : 'mp4a.40.2';
      return `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth},CODECS="${codecs}"\n${name}.m3u8?signature=${this.signature}`;
    });
    return ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS', ...lines, ''].join('\n');
  }

  async #media(track: EncodedTrack, { name, durations, folder }: EncodedRendition): Promise<string> {
    const known = this.encoded.get(track.name) ?? durations.length;
    const url = (file: string) => `${this.origin}/media/${track.name}/${name}/${file}?signature=${this.signature}`;
    const files = durations.slice(0, known).map((_, index) => segmentName(index));
    const lines: string[] = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:6', '#EXT-X-PLAYLIST-TYPE:EVENT'];
    const init = (await readFile(join(folder, 'init.mp4'))).byteLength;
    lines.push(this.byteRanges ? `#EXT-X-MAP:URI="${url('all')}",BYTERANGE="${init}@0"` : `#EXT-X-MAP:URI="${url('init.mp4')}"`);
    for (const [index, file] of files.entries()) {
      lines.push(`#EXTINF:${(durations[index] as number).toFixed(6)},`);
      const size = (await readFile(join(folder, file))).byteLength;
      if (this.byteRanges) lines.push(`#EXT-X-BYTERANGE:${size}${index === 0 ? `@${init}` : ''}`);
      lines.push(url(this.byteRanges ? 'all' : file));
    }
    if (known >= durations.length && !this.encoded.has(track.name)) lines.push('#EXT-X-ENDLIST');
    return `${lines.join('\n')}\n`;
  }

  async #segment(rendition: EncodedRendition, file: string, request: IncomingMessage, response: ServerResponse) {
    const { folder, name, durations } = rendition;
    const files = ['init.mp4', ...durations.map((_, index) => segmentName(index))];
    const whole = file === 'all' ? await Promise.all(files.map((one) => readFile(join(folder, one)))) : null;
    let bytes = whole ? Buffer.concat(whole) : await readFile(join(folder, file));
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (range) bytes = bytes.subarray(Number(range[1]), Number(range[2]) + 1);
    const key = `${folder.split('/').at(-2)}/${name}/${file}`;
    this.segments.push(key);
    const damages = this.damaged.get(key) ?? 0;
    if (damages > 0) bytes = Buffer.alloc(bytes.length, 0xff);
    this.damaged.set(key, damages - 1);
    response.writeHead(range ? 206 : 200, { 'content-length': bytes.length });
    const chunk = Math.max(1024, this.bytesPerSecond / 20);
    for (let at = 0; this.bytesPerSecond > 0 && at < bytes.length; at += chunk) {
      if (this.isDown) return void request.socket.destroy();
      response.write(bytes.subarray(at, at + chunk));
      await new Promise((resolve) => setTimeout(resolve, (chunk / this.bytesPerSecond) * 1000));
    }
    response.end(this.bytesPerSecond > 0 ? undefined : bytes);
  }
}

function segmentName(index: number): string {
  return `${String(index).padStart(5, '0')}.m4s`;
}

/** The page of the tests as one script, from the sources of the player. */
async function buildPage(): Promise<string> {
  const entry = new URL('../page/main.ts', import.meta.url).pathname;
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, target: 'es2022', lib: { entry, formats: ['es'] } },
  });
  const [first] = Array.isArray(built) ? built : [built];
  if (!first || !('output' in first)) throw new Error('the page was not built');
  const chunk = first.output.find((part) => part.type === 'chunk');
  if (chunk?.type !== 'chunk') throw new Error('the page has no script');
  return chunk.code;
}
