import { EXTENSIONS, LITTER, LITTER_BEGINNINGS, PICTURE_BRANDS, SIGNATURES } from './kinds';

/** Which files of a chosen folder are music; the same rules as those of `crates/formats`. What a file really is, the server finds out. */

/** How many bytes of a file are looked at. */
const LOOK_BYTES = 64;
const MUSIC = new Set(EXTENSIONS.flatMap((some) => some.split(' ')));

/** The ending of a name in lower case, without its dot; none of `Mr. Brightside`, `.mp3`, `track.01` and `a.`. */
export function endingOf(name: string): string | null {
  const [, stem, ending] = /^(.*)\.([A-Za-z0-9+]{1,8})$/s.exec(name) ?? [];
  if (stem === undefined || ending === undefined) return null;
  return /^\.*$/.test(stem) || /^\d+$/.test(ending) ? null : ending.toLowerCase();
}

/** Whether a file or folder of this name is what systems and programs leave behind. Other names may begin with a dot. */
export function isLitter(name: string): boolean {
  const lower = name.toLowerCase().replaceAll(' ', '_');
  return (
    LITTER.some((litter) => litter === lower) || LITTER_BEGINNINGS.some((beginning) => lower.startsWith(beginning))
  );
}

/** Whether a file is music: by the ending of its name, or by its first bytes where it has none. */
export async function isMusic(file: File): Promise<boolean> {
  const ending = endingOf(file.name);
  if (ending !== null && ending !== 'ts') return MUSIC.has(ending);
  return isMusicContent(new Uint8Array(await file.slice(0, LOOK_BYTES).arrayBuffer()));
}

/** Whether a file that begins so may be music. */
export function isMusicContent(head: Uint8Array): boolean {
  const isPicture =
    holds('4:66747970', head) && PICTURE_BRANDS.some((brand) => brand === String.fromCharCode(...head.subarray(8, 12)));
  const hasSignature = SIGNATURES.some((signature) => signature.split('&').every((part) => holds(part, head)));
  return (hasSignature && !isPicture) || isMpegFrame(head) || isTransportStream(head);
}

/** Whether the bytes of `offset:hexadecimal` are there. */
function holds(part: string, head: Uint8Array): boolean {
  const [offset = '', hex = ''] = part.split(':');
  const found = head.subarray(Number(offset), Number(offset) + hex.length / 2);
  return [...found].map((byte) => byte.toString(16).padStart(2, '0')).join('') === hex;
}

/** A frame of MPEG audio: layers 1 to 3, or ADTS. A byte order mark of UTF-16 is none. */
function isMpegFrame([first = 0, second = 0, third = -1]: Uint8Array): boolean {
  if (first !== 0xff || third < 0) return false;
  const isAdts = (second & 0xf6) === 0xf0 && ((third >> 2) & 0xf) < 13;
  const [version, layer, rate] = [(second >> 3) & 3, (second >> 1) & 3, third >> 4];
  const isMpeg = (second & 0xe0) === 0xe0 && version !== 1 && (layer === 1 || layer === 2);
  return isAdts || (isMpeg && rate !== 15 && rate !== 0 && ((third >> 2) & 3) !== 3);
}

/** A packet of an MPEG transport stream that begins with one of the tables that multiplexers write first. */
function isTransportStream([first = 0, second = 0, third = 0, fourth = 0]: Uint8Array): boolean {
  return first === 0x47 && (second & 0x9f) === 0 && (third === 0 || third === 0x11) && (fourth & 0xd0) === 0x10;
}
