/** Lists of files (M3U): tracks of ours in place of the files that they became. */

/** The longest list that the server takes, in bytes. */
export const MAX_LIST_BYTES = 1 << 20;
/** The longest title of a playlist, in characters. */
export const MAX_TITLE = 200;

/** Where the file of a line may be, as paths from where the list's folder begins: as it says, with either slash, or beside the list. */
export function candidates(line: string, folder: string): readonly string[] {
  const slashes = line.replace(/^file:\/\//i, '').replaceAll('\\', '/');
  const decoded = /^file:/i.test(line) ? safeDecode(slashes) : slashes;
  const name = decoded.split('/').at(-1) ?? '';
  return [flat(`${folder}/${line}`), flat(`${folder}/${decoded}`), flat(`${folder}/${name}`)];
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A path without `.`, `..` and empty parts. */
function flat(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

/** A list with our tracks in place of their files, and which entries those are, from 1. */
export interface TrackList {
  readonly content: string;
  readonly ours: readonly number[];
  readonly hasTitle: boolean;
}

/** Puts tracks in place of files. `trackOf` gives the track of a path; null: none. */
export function withTracks(text: string, folder: string, trackOf: (path: string) => string | null): TrackList {
  const ours: number[] = [];
  let position = 0;
  const lines = text.split(/\r\n|\r|\n/).map((line) => {
    const name = line.trim();
    if (name === '' || name.startsWith('#')) return line;
    position += 1;
    const track = candidates(name, folder)
      .map(trackOf)
      .find((found) => found !== null);
    if (!track) return line;
    ours.push(position);
    return `polyphony:${track}`;
  });
  return { content: lines.join('\n'), ours, hasTitle: lines.some((line) => line.startsWith('#PLAYLIST:')) };
}
