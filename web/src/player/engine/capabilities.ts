/** What this browser can do, asked once. */

import { type Codec, MIME_TYPES } from './media';

interface ManagedWindow {
  ManagedMediaSource?: typeof MediaSource;
  MediaSource?: typeof MediaSource;
}

export interface Capabilities {
  /** `MediaSource`, on iOS `ManagedMediaSource`; null: only what an `<audio>` plays by itself. */
  readonly mediaSource: typeof MediaSource | null;
  /** The media source tells when it wants data (`streaming`), and needs remote playback off. */
  readonly managed: boolean;
  /** The codecs that media sources take; without one, those that `<audio>` plays. */
  readonly codecs: readonly Codec[];
  /** One buffer can go from one codec to another. */
  readonly changeType: boolean;
  /** `<audio>` plays HLS by itself. */
  readonly nativeHls: boolean;
  /**
   * Sound may go through Web Audio. Not on iOS, which suspends it with the screen locked; volume is the system's there.
   */
  readonly webAudio: boolean;
}

export function detectCapabilities(): Capabilities {
  const scope = globalThis as unknown as ManagedWindow;
  const probe = document.createElement('audio');
  // Managed first: iPads have both, and there only the managed one may be used while the page is not seen.
  const mediaSource = scope.ManagedMediaSource ?? scope.MediaSource ?? null;
  const plays = (codec: Codec) =>
    mediaSource ? mediaSource.isTypeSupported(MIME_TYPES[codec]) : probe.canPlayType(MIME_TYPES[codec]) !== '';
  const codecs = (['AAC', 'FLAC'] as const).filter(plays);
  const touchMac = /Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1;
  const isIos = /iPhone|iPad|iPod/.test(navigator.userAgent) || touchMac;
  return {
    mediaSource: codecs.length > 0 ? mediaSource : null,
    managed: mediaSource !== null && mediaSource === scope.ManagedMediaSource,
    codecs,
    changeType: typeof SourceBuffer !== 'undefined' && 'changeType' in SourceBuffer.prototype,
    nativeHls: probe.canPlayType('application/vnd.apple.mpegurl') !== '',
    webAudio: typeof AudioContext !== 'undefined' && !isIos,
  };
}
