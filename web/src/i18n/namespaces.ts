/** One file of texts per part of the player and language, `locales/<language>/<namespace>.json`; each is loaded when needed. */
export const NAMESPACES = [
  'common',
  'session',
  'home',
  'search',
  'music',
  'library',
  'playlists',
  'player',
  'party',
  'uploads',
  'studio',
  'offline',
  'people',
  'settings',
] as const;

export type Namespace = (typeof NAMESPACES)[number];
