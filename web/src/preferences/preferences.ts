import { create } from 'zustand';
import { persist } from 'zustand/middleware';

import { bestLanguage, type Language } from '../i18n/languages';

export type Theme = 'system' | 'light' | 'dark';
export type Contrast = 'system' | 'more';
export type Motion = 'system' | 'reduced';

/** How this browser shows the player, whoever uses it. Preferences that follow the person are `viewer.preferences`. */
export interface Preferences {
  readonly language: Language;
  readonly theme: Theme;
  readonly contrast: Contrast;
  readonly motion: Motion;
  /** Single letters as shortcuts get in the way of speech input and stray keys; they can be off (WCAG 2.1.4). */
  readonly letterShortcuts: boolean;
  /** How long a track fades into one of another album, in seconds; 0: not at all. */
  readonly crossfadeS: number;
  /** Whether all music is about as loud. */
  readonly normalizesLoudness: boolean;
  /** Whether little is fetched ahead: the connection is paid by volume. */
  readonly savesData: boolean;
  /** The most that a song may take that is kept on this device, kbit/s; null: the best there is. */
  readonly offlineKbps: number | null;
}

export const usePreferences = create<Preferences>()(
  persist(
    (): Preferences => ({
      language: bestLanguage(navigator.languages),
      theme: 'system',
      contrast: 'system',
      motion: 'system',
      letterShortcuts: true,
      crossfadeS: 0,
      normalizesLoudness: true,
      savesData: false,
      offlineKbps: null,
    }),
    { name: 'polyphony.preferences', version: 1 },
  ),
);

/** Changes some preferences; they hold in all tabs from their next start, and here at once. */
export const setPreferences = (changed: Partial<Preferences>) => usePreferences.setState(changed);

/** Puts what CSS has to know onto the document's root. */
export function applyPreferences({ theme, contrast, motion }: Preferences): void {
  const { dataset } = document.documentElement;
  dataset.theme = theme;
  dataset.contrast = contrast;
  dataset.motion = motion;
}
