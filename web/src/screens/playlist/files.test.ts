import { describe, expect, it } from 'vitest';

import { formatOf, sentSize, textOf } from './files';

describe('playlist files', () => {
  it('are known by what they begin with, else by their names', () => {
    expect(formatOf('x', '\uFEFF#EXTM3U\nsong.mp3')).toBe('M3U8');
    expect(formatOf('old.m3u', 'song.mp3')).toBe('M3U8');
    expect(formatOf('x.txt', ' {"playlist": {}}')).toBe('JSPF');
    expect(formatOf('x.xml', '<?xml version="1.0"?>\n<playlist version="1">')).toBe('XSPF');
    expect(formatOf('x.xspf', '<?xml version="1.0"?>')).toBe('XSPF');
    for (const [name, content] of [
      ['page.html', '<!doctype html><html>'],
      ['notes.txt', 'hello'],
      ['empty', ''],
    ] as const)
      expect(formatOf(name, content)).toBeNull();
  });

  it('are as large as they travel', () => {
    expect(sentSize('a')).toBe(3);
    expect(sentSize('"ö\n')).toBe(8);
  });

  it('are read as UTF-8, and as Latin-1 when they are not', async () => {
    expect(await textOf(new Blob(['Björk']))).toBe('Björk');
    expect(await textOf(new Blob([new Uint8Array([0x42, 0x6a, 0xf6, 0x72, 0x6b])]))).toBe('Björk');
  });
});
