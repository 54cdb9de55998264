/** Cue sheets: which of the files beside it a sheet divides, or names one by one. The server reads what it says of them. */

import type { ChosenFile } from '../types';
import { stemOf } from './kinds';

/** The longest sheet that the server takes, in bytes. */
export const MAX_SHEET_BYTES = 64 * 1024;

/** The files that a sheet names tracks of, in order. */
export function filesOfSheet(text: string): readonly string[] {
  const files: string[] = [];
  let file: string | null = null;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const [, quoted, plain] = /^\s*FILE\s+(?:"([^"]*)"|(\S.*?))(?:\s+\S+)?\s*$/i.exec(line) ?? [];
    const name = quoted ?? plain;
    if (name !== undefined) file = name.split(/[\\/]/).at(-1) ?? name;
    // Where the music of a track begins: its gap may be in the file before.
    else if (file !== null && /^\s*INDEX\s+0?1\s/i.test(line)) {
      files.push(file);
      file = null;
    }
  }
  return files;
}

/**
 * The music that a sheet is of: what it names, whatever its ending is by now; the only file that it names may also be called like
 * the sheet, or be the only one there.
 */
export function musicOfSheet(
  sheet: ChosenFile,
  named: readonly string[],
  music: readonly ChosenFile[],
): readonly ChosenFile[] {
  const beside = music.filter(({ folder }) => folder === sheet.folder);
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
  const find = (name: string) =>
    beside.find(({ file }) => same(file.name, name)) ??
    beside.find(({ file }) => same(stemOf(file.name), stemOf(name)));
  const found = new Set(named.flatMap((name) => find(name) ?? []));
  if (found.size > 0 || named.length !== 1) return [...found];
  const own = find(stemOf(sheet.file.name)) ?? (beside.length === 1 ? beside[0] : undefined);
  return own ? [own] : [];
}
