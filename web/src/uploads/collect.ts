import { folderOf, isBesideMusic } from './names';
import type { ChosenFile } from './types';

/** What came of a choice: what is to be uploaded, and what was left out. */
export interface Collected {
  readonly files: readonly ChosenFile[];
  /** Files of folders that are no music, by their names. */
  readonly leftOut: readonly string[];
  /** Files and folders that the browser could not read. */
  readonly unreadable: readonly string[];
}

/** Files of an `<input>`. Those of a folder bear their path. */
export function collectInput(list: Iterable<File>): Collected {
  const files: ChosenFile[] = [];
  const leftOut: string[] = [];
  for (const file of list) {
    const path = file.webkitRelativePath ?? '';
    if (path !== '' && isBesideMusic(file.name)) leftOut.push(file.name);
    else files.push({ file, folder: folderOf(path) });
  }
  return { files, leftOut, unreadable: [] };
}

/** What was dropped, folders with all that is in them. Files that are dropped by themselves are taken whatever they are. */
export async function collectDrop(entries: readonly (FileSystemEntry | File)[]): Promise<Collected> {
  const files: ChosenFile[] = [];
  const leftOut: string[] = [];
  const unreadable: string[] = [];
  const visit = async (entry: FileSystemEntry, folder: string): Promise<void> => {
    try {
      if (entry.isFile) {
        if (folder !== '' && isBesideMusic(entry.name)) leftOut.push(entry.name);
        else files.push({ file: await fileOf(entry as FileSystemFileEntry), folder });
        return;
      }
      const inner = folder === '' ? entry.name : `${folder}/${entry.name}`;
      for (const child of await childrenOf(entry as FileSystemDirectoryEntry)) await visit(child, inner);
    } catch {
      unreadable.push(entry.name);
    }
  };
  for (const entry of entries) {
    if (entry instanceof File) files.push({ file: entry, folder: '' });
    else await visit(entry, '');
  }
  return { files, leftOut, unreadable };
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
