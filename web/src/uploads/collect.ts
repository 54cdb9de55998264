import { besideKind } from './beside/kinds';
import { endingOf, isLitter, isMusic } from './music';
import { folderOf } from './names';
import type { ChosenFile } from './types';

/** What came of a choice: what is to be uploaded, and what was left out. */
export interface Collected {
  readonly files: readonly ChosenFile[];
  /** What lies beside the music and is of use to it: sheets, lyrics, pictures of folders, lists. */
  readonly beside: readonly ChosenFile[];
  /** Files of folders that are no music, by their names; without what systems leave behind. */
  readonly leftOut: readonly string[];
  /** Files and folders that the browser could not read. */
  readonly unreadable: readonly string[];
}

/** Files of an `<input>`. Those of a folder bear their path; files that are chosen by themselves are taken whatever they are. */
export async function collectInput(list: Iterable<File>): Promise<Collected> {
  const files: ChosenFile[] = [];
  const beside: ChosenFile[] = [];
  const leftOut: string[] = [];
  const unreadable: string[] = [];
  for (const file of list) {
    const path = file.webkitRelativePath ?? '';
    // The folder itself was chosen, whatever it is called.
    if (path.split('/').slice(1).some(isLitter)) continue;
    try {
      const chosen = { file, folder: folderOf(path) };
      if (besideKind(file.name)) beside.push(chosen);
      else if (path === '' || (await isMusic(file))) files.push(chosen);
      else leftOut.push(file.name);
    } catch {
      unreadable.push(file.name);
    }
  }
  return { files, beside, leftOut, unreadable };
}

/** What was dropped, folders with all that is in them. Files that are dropped by themselves are taken whatever they are. */
export async function collectDrop(entries: readonly (FileSystemEntry | File)[]): Promise<Collected> {
  const files: ChosenFile[] = [];
  const beside: ChosenFile[] = [];
  const leftOut: string[] = [];
  const unreadable: string[] = [];
  const visit = async (entry: FileSystemEntry, folder: string): Promise<void> => {
    try {
      if (entry.isFile) {
        const file = await fileOf(entry as FileSystemFileEntry);
        if (besideKind(file.name)) beside.push({ file, folder });
        else if (folder === '' || (await isMusic(file))) files.push({ file, folder });
        else leftOut.push(entry.name);
        return;
      }
      const inner = folder === '' ? entry.name : `${folder}/${entry.name}`;
      for (const child of await childrenOf(entry as FileSystemDirectoryEntry)) {
        if (!isLitter(child.name)) await visit(child, inner);
      }
    } catch {
      unreadable.push(entry.name);
    }
  };
  for (const entry of entries) {
    if (entry instanceof File) (besideKind(entry.name) ? beside : files).push({ file: entry, folder: '' });
    else await visit(entry, '');
  }
  return { files, beside, leftOut, unreadable };
}

/** How many there are of each ending, the most frequent first: `12 .txt, 1 .cue`. */
export function countedByKind(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const ending of names.map(endingOf)) {
    if (ending !== null) counts.set(ending, (counts.get(ending) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, many], [b, few]) => few - many || a.localeCompare(b));
  return sorted.map(([ending, count]) => `${count} .${ending}`).join(', ');
}

const fileOf = (entry: FileSystemFileEntry) => new Promise<File>((resolve, reject) => entry.file(resolve, reject));

/** Browsers give at most a hundred children at a time, and none when there are no more. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    children.push(...some);
  }
  return children.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}
