/** How files are called. */

/** The longest name that the API takes, in characters. */
const MAX_NAME = 255;
/** The largest file, 5 GiB. */
export const MAX_BYTES = 5 * 2 ** 30;

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
