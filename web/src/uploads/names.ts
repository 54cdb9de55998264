/** What of a chosen folder is music, and how files are called. */

/** The longest name that the API takes, in characters. */
const MAX_NAME = 255;
/** The largest file, 5 GiB. */
export const MAX_BYTES = 5 * 2 ** 30;

/** What lies beside music in folders: pictures, texts, lists, and what systems leave behind. Anything else is tried: the server looks at the bytes. */
const BESIDE_MUSIC =
  /\.(jpe?g|png|gif|webp|bmp|tiff?|heic|svg|txt|nfo|log|cue|m3u8?|pls|xspf|jspf|pdf|rtf|docx?|html?|url|webloc|ini|db|xml|json|md5|sha\d*|sfv|ffp|accurip|lrc|md|zip|rar|7z|torrent|part|crdownload|tmp|itc2?|plist|sqlite|exe|dll)$/i;

/** Whether a file of a folder is left out, as what is beside the music. Hidden files are. */
export const isBesideMusic = (name: string) =>
  (name.startsWith('.') && !/\.(mp3|m4a|flac|ogg|opus|wav|aiff?|aac|wma)$/i.test(name)) || BESIDE_MUSIC.test(name);

const characters = (text: string) => [...text];

/** A name as the API takes it: 1 to 255 characters. A long one is cut before its ending. */
export function uploadName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '') return 'untitled';
  const all = characters(trimmed);
  if (all.length <= MAX_NAME) return trimmed;
  const ending = /\.[A-Za-z0-9]{1,8}$/.exec(trimmed)?.[0] ?? '';
  return `${all.slice(0, MAX_NAME - ending.length - 1).join('')}…${ending}`;
}

/** The folders above a file, from the path that a folder's input gives: `a/b/c.mp3` lies in `a/b`. */
export const folderOf = (path: string) => path.split('/').slice(0, -1).join('/');
