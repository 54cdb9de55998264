/**
 * Parser of HLS playlists (RFC 8216) as far as our server writes them: multivariant playlists, and media playlists of
 * fragmented MP4 with EXT-X-MAP and BYTERANGE, of type VOD or EVENT. Unknown tags are ignored, as the RFC demands.
 */

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** A part of a resource, or (without range) all of it. */
export interface Resource {
  readonly uri: string;
  readonly range: ByteRange | null;
}

export interface Segment extends Resource {
  /** As EXTINF says; the first AAC segment includes the encoder's delay. */
  readonly durationS: number;
  /** The initialization segment that it needs. */
  readonly map: Resource | null;
}

export interface MediaPlaylist {
  readonly kind: 'media';
  readonly targetDurationS: number;
  readonly segments: readonly Segment[];
  /** Nothing will be added. */
  readonly ended: boolean;
}

export interface Variant {
  readonly uri: string;
  /** Peak, bit/s. */
  readonly bandwidth: number;
  /** As RFC 6381 writes them: `mp4a.40.2`, `fLaC`. */
  readonly codecs: string;
}

export interface MultivariantPlaylist {
  readonly kind: 'multivariant';
  readonly variants: readonly Variant[];
}

/** Something that is no playlist, or one that this player must not play (a newer version, encrypted). */
export class PlaylistError extends Error {}

/** The highest EXT-X-VERSION that is understood. */
const MAX_VERSION = 7;

/** Parses a playlist. URIs are resolved against `baseUrl`. */
export function parsePlaylist(text: string, baseUrl: string): MediaPlaylist | MultivariantPlaylist {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  if (lines[0] !== '#EXTM3U') throw new PlaylistError('the text does not begin with #EXTM3U');
  const version = Number(tagValue(lines, '#EXT-X-VERSION:') ?? 1);
  if (!(version <= MAX_VERSION)) throw new PlaylistError(`version ${version} is not supported`);
  const isMultivariant = lines.some((line) => line.startsWith('#EXT-X-STREAM-INF:'));
  return isMultivariant ? parseMultivariant(lines, baseUrl) : parseMedia(lines, baseUrl);
}

function parseMultivariant(lines: readonly string[], baseUrl: string): MultivariantPlaylist {
  const variants: Variant[] = [];
  let pending: ReadonlyMap<string, string> | null = null;
  for (const line of lines) {
    if (line.startsWith('#EXT-X-STREAM-INF:')) pending = attributes(line.slice(line.indexOf(':') + 1));
    else if (line !== '' && !line.startsWith('#') && pending) {
      const bandwidth = Number(pending.get('BANDWIDTH'));
      if (!(bandwidth > 0)) throw new PlaylistError('a variant has no BANDWIDTH');
      variants.push({ uri: absolute(line, baseUrl), bandwidth, codecs: pending.get('CODECS') ?? '' });
      pending = null;
    }
  }
  return { kind: 'multivariant', variants };
}

/** What the tags before a segment's URI have said of it. */
interface Pending {
  durationS: number | null;
  range: string | null;
  map: Resource | null;
}

function parseMedia(lines: readonly string[], baseUrl: string): MediaPlaylist {
  const target = Number(tagValue(lines, '#EXT-X-TARGETDURATION:'));
  if (!(target > 0)) throw new PlaylistError('EXT-X-TARGETDURATION is missing');
  const segments: Segment[] = [];
  const pending: Pending = { durationS: null, range: null, map: null };
  for (const line of lines) {
    if (line.startsWith('#EXTINF:')) pending.durationS = Number.parseFloat(line.slice(8));
    else if (line.startsWith('#EXT-X-BYTERANGE:')) pending.range = line.slice(17);
    else if (line.startsWith('#EXT-X-MAP:')) pending.map = parseMap(line.slice(11), baseUrl);
    else if (line.startsWith('#EXT-X-KEY:') && attributes(line.slice(11)).get('METHOD') !== 'NONE')
      throw new PlaylistError('encrypted segments are not supported');
    else if (line !== '' && !line.startsWith('#')) {
      segments.push(segmentOf(line, pending, segments.at(-1), baseUrl));
      pending.durationS = pending.range = null;
    }
  }
  return { kind: 'media', targetDurationS: target, segments, ended: lines.includes('#EXT-X-ENDLIST') };
}

function segmentOf(line: string, pending: Pending, previous: Segment | undefined, baseUrl: string): Segment {
  const { durationS, map } = pending;
  if (durationS === null || !(durationS >= 0)) throw new PlaylistError('a segment has no EXTINF');
  const uri = absolute(line, baseUrl);
  const after = previous?.range && previous.uri === uri ? previous.range.offset + previous.range.length : null;
  return { uri, durationS, map, range: pending.range === null ? null : parseRange(pending.range, after) };
}

function parseMap(text: string, baseUrl: string): Resource {
  const map = attributes(text);
  const uri = map.get('URI');
  if (!uri) throw new PlaylistError('EXT-X-MAP has no URI');
  const range = map.get('BYTERANGE');
  return { uri: absolute(uri, baseUrl), range: range === undefined ? null : parseRange(range, 0) };
}

/** `length[@offset]`; without an offset it follows the range before, of the same resource. */
function parseRange(text: string, after: number | null): ByteRange {
  const match = /^(\d+)(?:@(\d+))?$/.exec(text.trim());
  const offset = match?.[2] === undefined ? after : Number(match[2]);
  if (!match || offset === null) throw new PlaylistError(`not a byte range: ${text}`);
  return { offset, length: Number(match[1]) };
}

/** An attribute list: `A=1,B="x,y",C=Z`. */
function attributes(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name, quoted, plain] of text.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^,]*))/g))
    found.set(name as string, quoted ?? plain ?? '');
  return found;
}

function tagValue(lines: readonly string[], tag: string): string | undefined {
  return lines.find((line) => line.startsWith(tag))?.slice(tag.length);
}

function absolute(uri: string, baseUrl: string): string {
  try {
    return new URL(uri, baseUrl).href;
  } catch {
    throw new PlaylistError(`not a URI: ${uri}`);
  }
}
