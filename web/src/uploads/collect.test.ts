import { expect, test } from 'vitest';

import { collectDrop, collectInput, countedByKind } from './collect';
import { hasFiles } from './entries';
import { endingOf, isMusicContent } from './music';
import { uploadName } from './names';

const fileEntry = (name: string, content = 'x') =>
  ({
    isFile: true,
    isDirectory: false,
    name,
    file: (done: (file: File) => void) => done(new File([content], name)),
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
    fileEntry('._1.mp3'),
    fileEntry('01. Intro', 'fLaC'),
    fileEntry('README', 'Read me'),
    fileEntry('...Baby One More Time.tta'),
    folderEntry('@eaDir', [fileEntry('1.mp3')]),
  ]);
  const dropped = [folderEntry('Artist', [album]), fileEntry('single.wav'), fileEntry('single.cue')];
  const { files, beside, leftOut } = await collectDrop(dropped);
  expect(files.map(({ file, folder }) => `${folder}:${file.name}`)).toEqual([
    'Artist/...:...Baby One More Time.tta',
    'Artist/...:01. Intro',
    'Artist/...:1.mp3',
    'Artist/...:2.mp3',
    'Artist/...:10.mp3',
    ':single.wav',
  ]);
  expect(beside.map(({ file, folder }) => `${folder}:${file.name}`)).toEqual(['Artist/...:cover.jpg', ':single.cue']);
  expect(leftOut).toEqual(['README']);
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

test('files of an input know their folder; a picture that is chosen by itself is tried', async () => {
  const inFolder = (path: string) =>
    Object.defineProperty(new File(['x'], path.slice(path.lastIndexOf('/') + 1)), 'webkitRelativePath', {
      value: path,
    });
  const { files, beside, leftOut } = await collectInput([
    inFolder('.trash/y/a.mp3'),
    inFolder('x/.git/b.mp3'),
    inFolder('x/.38 Special/c.mka'),
    inFolder('x/d.cue'),
    inFolder('x/back.jpg'),
    new File(['x'], 'odd.jpg'),
  ]);
  expect(files.map(({ folder }) => folder)).toEqual(['.trash/y', 'x/.38 Special', '']);
  expect(beside.map(({ file }) => file.name)).toEqual(['d.cue']);
  expect(leftOut).toEqual(['back.jpg']);
  expect(hasFiles(null)).toBe(false);
});

test('names fit into what the API takes', () => {
  expect(uploadName('  ')).toBe('untitled');
  expect(uploadName('موسيقى.flac')).toBe('موسيقى.flac');
  const long = uploadName(`${'ä'.repeat(300)}.flac`);
  expect([...long]).toHaveLength(255);
  expect(long.endsWith('….flac')).toBe(true);
});

test('a name without a real ending asks for a look at the content', () => {
  expect(['Mr. Brightside', '.mp3', 'track.01', 'a.', '...mp3'].map(endingOf)).toEqual(Array(5).fill(null));
  expect(['a.FLAC', 'e.tar.m4a', '.x.wv'].map(endingOf)).toEqual(['flac', 'm4a', 'wv']);
  const bytes = (...values: (number | string)[]) =>
    Uint8Array.from(
      values.flatMap((value) => (typeof value === 'number' ? value : [...value].map((c) => c.charCodeAt(0)))),
    );
  const music = [
    bytes('RIFF', 1, 0, 0, 0, 'WAVE'),
    bytes(0xff, 0xfb, 0x90),
    bytes(0, 0, 0, 32, 'ftypM4A '),
    bytes('ID3'),
  ];
  expect(music.every(isMusicContent)).toBe(true);
  const others = [bytes('RIFF', 1, 0, 0, 0, 'WEBP'), bytes(0xff, 0xfe, 0x41), bytes(0, 0, 0, 32, 'ftypheic'), bytes()];
  expect(others.some(isMusicContent)).toBe(false);
});

test('what is left out is counted by kind', () => {
  expect(countedByKind(['a.txt', 'b.TXT', 'c.cue', 'README'])).toBe('2 .txt, 1 .cue');
});
