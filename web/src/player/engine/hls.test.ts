import { describe, expect, it } from 'vitest';

import { PlaylistError, parsePlaylist } from './hls';

const BASE = 'https://media.test/u/flac.m3u8?s=1';
const HEAD = '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:EVENT\n';

function media(text: string) {
  const list = parsePlaylist(text, BASE);
  if (list.kind !== 'media') throw new Error('not a media playlist');
  return list;
}

describe('media playlists', () => {
  it('are read as the server writes them', () => {
    const list = media(
      `${HEAD}#EXT-X-START:TIME-OFFSET=0.000001\n#EXT-X-MAP:URI="init.mp4?a=1,b=2"\n#EXTINF:6.013968,\n0.m4s\n#EXTINF:2,\nhttps://cdn.test/1.m4s?x=y#z\n`,
    );
    expect(list.ended).toBe(false);
    expect(list.segments.map(({ durationS, uri }) => [durationS, uri])).toEqual([
      [6.013968, 'https://media.test/u/0.m4s'],
      [2, 'https://cdn.test/1.m4s?x=y#z'],
    ]);
    expect(list.segments[1]?.map).toEqual({ uri: 'https://media.test/u/init.mp4?a=1,b=2', range: null });
    expect(media(`${HEAD}#EXT-X-ENDLIST\r\n`).ended).toBe(true);
  });

  it('may address one file by ranges, which follow each other', () => {
    const list = media(
      `${HEAD}#EXT-X-MAP:URI="a.mp4",BYTERANGE="700@0"\n#EXTINF:6,\n#EXT-X-BYTERANGE:100@700\na.mp4\n#EXTINF:6,\n#EXT-X-BYTERANGE:50\na.mp4\n#EXTINF:1,\nb.mp4\n`,
    );
    expect(list.segments.map(({ range }) => range)).toEqual([
      { offset: 700, length: 100 },
      { offset: 800, length: 50 },
      null,
    ]);
    expect(list.segments[0]?.map?.range).toEqual({ offset: 0, length: 700 });
  });

  it('are refused where playing them would be wrong', () => {
    for (const [text, why] of [
      ['', 'no playlist'],
      ['#EXTM3U\n#EXT-X-VERSION:12\n', 'a version of the future'],
      ['#EXTM3U\n#EXTINF:6,\na\n', 'no target duration'],
      [`${HEAD}a.m4s\n`, 'no EXTINF'],
      [`${HEAD}#EXT-X-KEY:METHOD=AES-128,URI="k"\n`, 'encrypted'],
      [`${HEAD}#EXTINF:6,\n#EXT-X-BYTERANGE:5\na.mp4\n`, 'a range that follows nothing'],
      [`${HEAD}#EXTINF:6,\nhttp://[\n`, 'no URI'],
    ] as const)
      expect(() => parsePlaylist(text, BASE), why).toThrow(PlaylistError);
  });
});

describe('multivariant playlists', () => {
  it('list variants in their order', () => {
    const text =
      '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900,AVERAGE-BANDWIDTH=800,CODECS="fLaC"\nflac.m3u8?s=1\n#EXT-X-STREAM-INF:BANDWIDTH=70,CODECS="mp4a.40.2"\nlow.m3u8\n';
    expect(parsePlaylist(text, BASE)).toEqual({
      kind: 'multivariant',
      variants: [
        { uri: 'https://media.test/u/flac.m3u8?s=1', bandwidth: 900, codecs: 'fLaC' },
        { uri: 'https://media.test/u/low.m3u8', bandwidth: 70, codecs: 'mp4a.40.2' },
      ],
    });
  });
});
