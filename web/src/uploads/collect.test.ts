import { expect, test } from 'vitest';

import { collectDrop, collectInput } from './collect';
import { hasFiles } from './entries';
import { isBesideMusic, uploadName } from './names';

const fileEntry = (name: string) =>
  ({
    isFile: true,
    isDirectory: false,
    name,
    file: (done: (file: File) => void) => done(new File(['x'], name)),
  }) as unknown as FileSystemEntry;

/** A folder as browsers give it: two children at a time here, instead of a hundred. */
function folderEntry(name: string, children: FileSystemEntry[]): FileSystemEntry {
  return {
    isFile: false,
    isDirectory: true,
    name,
    createReader: () => {
      const left = [...children];
      return { readEntries: (done: (some: FileSystemEntry[]) => void) => done(left.splice(0, 2)) };
    },
  } as unknown as FileSystemEntry;
}

test('folders are walked through to their end, whatever they are called', async () => {
  const album = folderEntry('...', [
    fileEntry('2.mp3'),
    fileEntry('10.mp3'),
    fileEntry('1.mp3'),
    fileEntry('cover.jpg'),
    fileEntry('.DS_Store'),
  ]);
  const { files, leftOut } = await collectDrop([folderEntry('Artist', [album]), fileEntry('single.wav')]);
  expect(files.map(({ file, folder }) => `${folder}:${file.name}`)).toEqual([
    'Artist/...:1.mp3',
    'Artist/...:2.mp3',
    'Artist/...:10.mp3',
    ':single.wav',
  ]);
  expect(leftOut).toEqual(['.DS_Store', 'cover.jpg']);
});

test('what cannot be read is named, and the rest is taken', async () => {
  const broken = {
    isFile: true,
    name: 'locked.mp3',
    file: (_: unknown, failed: (error: Error) => void) => failed(new Error('no')),
  } as unknown as FileSystemEntry;
  const { files, unreadable } = await collectDrop([folderEntry('a', [broken, fileEntry('b.mp3')])]);
  expect(files).toHaveLength(1);
  expect(unreadable).toEqual(['locked.mp3']);
});

test('files of an input know their folder; a picture that is chosen by itself is tried', () => {
  const inFolder = Object.defineProperty(new File(['x'], 'a.mp3'), 'webkitRelativePath', { value: 'x/y/a.mp3' });
  const { files } = collectInput([inFolder, new File(['x'], 'odd.jpg')]);
  expect(files.map(({ folder }) => folder)).toEqual(['x/y', '']);
  expect(hasFiles(null)).toBe(false);
});

test('names fit into what the API takes', () => {
  expect(uploadName('  ')).toBe('untitled');
  expect(uploadName('موسيقى.flac')).toBe('موسيقى.flac');
  const long = uploadName(`${'ä'.repeat(300)}.flac`);
  expect([...long]).toHaveLength(255);
  expect(long.endsWith('….flac')).toBe(true);
});

test('what lies beside music is known by its name', () => {
  expect(['Cover.JPG', 'list.m3u8', '.hidden', 'Thumbs.db'].every(isBesideMusic)).toBe(true);
  expect(['a.flac', 'b', 'c.dsf', '.hidden.mp3', '...mp3'].some(isBesideMusic)).toBe(false);
});
