/** Which files beside music are of use to it; the same rules as those of `crates/folders`. */

import { endingOf } from '../music';
import type { ChosenFile } from '../types';

/** What a file beside music is for it. */
export type BesideKind = 'CUE' | 'LYRICS' | 'PICTURE' | 'PLAYLIST';

const BY_ENDING: Readonly<Record<string, BesideKind>> = {
  cue: 'CUE',
  lrc: 'LYRICS',
  m3u: 'PLAYLIST',
  m3u8: 'PLAYLIST',
};
/** Names of folder pictures without their endings, the most telling first. */
const PICTURE_STEMS = ['cover', 'folder', 'front', 'album'];
const PICTURE_ENDINGS = ['jpg', 'jpeg', 'png', 'webp'];

/** A name without its ending. */
export const stemOf = (name: string) => {
  const ending = endingOf(name);
  return ending === null ? name : name.slice(0, -ending.length - 1);
};

/** What a file of this name is for music beside it; null: nothing. */
export function besideKind(name: string): BesideKind | null {
  const ending = endingOf(name);
  if (ending === null) return null;
  if (PICTURE_ENDINGS.includes(ending) && PICTURE_STEMS.includes(stemOf(name).toLowerCase())) return 'PICTURE';
  return BY_ENDING[ending] ?? null;
}

/** Whether a folder is called like a disc of an album: `CD1`, `Disc 2`, `disk_03`. */
export const isDisc = (name: string) => /^(?:cd|disc|disk)[ _.-]*\d/i.test(name);

/** The folder above one, and its own name. */
export function parentOf(folder: string): readonly [above: string, name: string] {
  const parts = folder.split('/');
  return [parts.slice(0, -1).join('/'), parts.at(-1) ?? ''];
}

const pictureRank = (name: string) =>
  PICTURE_STEMS.indexOf(stemOf(name).toLowerCase()) * PICTURE_ENDINGS.length +
  PICTURE_ENDINGS.indexOf(endingOf(name) ?? '');

/** The picture of each folder with music, the best of several; discs have that of the folder above them. */
export function picturesOf(
  music: readonly ChosenFile[],
  pictures: readonly ChosenFile[],
): ReadonlyMap<string, ChosenFile> {
  const bestIn = (folder: string) =>
    pictures
      .filter((picture) => picture.folder === folder)
      .toSorted((a, b) => pictureRank(a.file.name) - pictureRank(b.file.name))[0];
  const found = new Map<string, ChosenFile>();
  for (const folder of new Set(music.map((file) => file.folder))) {
    const [above, name] = parentOf(folder);
    const picture = bestIn(folder) ?? (isDisc(name) ? bestIn(above) : undefined);
    if (picture) found.set(folder, picture);
  }
  return found;
}

/** The music that lyrics are of: `Song.lrc` and `Song.flac.lrc` are for `Song.flac`. */
export function musicOfLyrics(lyrics: ChosenFile, music: readonly ChosenFile[]): ChosenFile | null {
  const stem = stemOf(lyrics.file.name);
  const beside = music.filter(({ folder }) => folder === lyrics.folder);
  return beside.find(({ file }) => file.name === stem) ?? beside.find(({ file }) => stemOf(file.name) === stem) ?? null;
}
