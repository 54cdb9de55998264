/** Playlists as files of this device. */

export type FileFormat = 'M3U8' | 'JSPF' | 'XSPF';

export const FORMATS: readonly FileFormat[] = ['M3U8', 'JSPF', 'XSPF'];

/** The largest content that is sent, in bytes of the request, which takes 1 MiB. */
export const MAX_BYTES = 1_040_000;

/** How many bytes of a request a text takes: quotes and line ends grow on their way. */
export const sentSize = (content: string): number => new Blob([JSON.stringify(content)]).size;

/** What a chooser of files offers. */
export const ACCEPTED = '.m3u,.m3u8,.jspf,.xspf,.json,.xml,audio/mpegurl,audio/x-mpegurl,application/xspf+xml';

/** What a file is, by what it begins with, else by its name; null: none that can be imported. */
export function formatOf(name: string, content: string): FileFormat | null {
  const start = content
    .replace(/^\uFEFF/, '')
    .trimStart()
    .slice(0, 500);
  if (start.startsWith('{')) return 'JSPF';
  if (start.startsWith('<')) return /<(?:\w+:)?playlist[\s>]/.test(start) || /\.xspf$/i.test(name) ? 'XSPF' : null;
  return start.startsWith('#EXT') || /\.m3u8?$/i.test(name) ? 'M3U8' : null;
}

/** The text of a file: UTF-8, or else Latin-1, in which older M3U files are written. */
export async function textOf(file: Blob): Promise<string> {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Puts a text onto this device as a file. */
export function saveFile({ name, type, content }: { name: string; type: string; content: string }): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Not at once: some browsers read the address a moment later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
