/**
 * The one thing that has to be changed in our segments before a browser gets them.
 *
 * FFmpeg gives the last AAC frame of a track the duration of the audio in it. Chromium then sees nothing behind the append
 * window's end that it could trim, yet its decoder gives all 1024 samples of the frame: the padding sounds, and every seam
 * has a gap of up to 1023 samples (measured: 319 where 319 are padded). With the frame's real duration the append window
 * cuts inside of it, to the sample.
 */

/** Samples of an AAC-LC frame. */
const AAC_FRAME = 1024;
const CONTAINERS = new Set(['moof', 'traf']);

/**
 * Gives every AAC frame of a media segment its real duration, in place. Bytes that are no MP4 stay as they are. The track's
 * timescale must be its sample rate, as FFmpeg writes it.
 */
export function restoreAacFrameDurations(segment: Uint8Array): void {
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  walk(view, 0, view.byteLength);
}

function walk(view: DataView, from: number, to: number): void {
  for (let at = from; at + 8 <= to; ) {
    const size = view.getUint32(at);
    if (size < 8 || at + size > to) return;
    const type = String.fromCharCode(...[4, 5, 6, 7].map((index) => view.getUint8(at + index)));
    if (CONTAINERS.has(type)) walk(view, at + 8, at + size);
    else if (type === 'trun') restoreRun(view, at + 8, at + size);
    at += size;
  }
}

/** A track run (ISO/IEC 14496-12, 8.8.8): flags, count, optional fields, then entries of which the first may be a duration. */
function restoreRun(view: DataView, from: number, to: number): void {
  if (from + 8 > to) return;
  const flags = view.getUint32(from) & 0xffffff;
  if (!(flags & 0x100)) return;
  const entry = [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length * 4;
  const first = from + 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
  const count = Math.min(view.getUint32(from + 4), Math.floor((to - first) / entry));
  for (let index = 0; index < count; index += 1) view.setUint32(first + index * entry, AAC_FRAME);
}
