import 'i18next';
import type common from './locales/en/common.json';
import type home from './locales/en/home.json';
import type library from './locales/en/library.json';
import type music from './locales/en/music.json';
import type offline from './locales/en/offline.json';
import type party from './locales/en/party.json';
import type people from './locales/en/people.json';
import type player from './locales/en/player.json';
import type playlists from './locales/en/playlists.json';
import type search from './locales/en/search.json';
import type session from './locales/en/session.json';
import type settings from './locales/en/settings.json';
import type studio from './locales/en/studio.json';
import type uploads from './locales/en/uploads.json';

// A key that English does not have is an error of the compiler; that the other languages have it is a test.
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: {
      common: typeof common;
      home: typeof home;
      library: typeof library;
      music: typeof music;
      offline: typeof offline;
      party: typeof party;
      people: typeof people;
      player: typeof player;
      playlists: typeof playlists;
      search: typeof search;
      session: typeof session;
      settings: typeof settings;
      studio: typeof studio;
      uploads: typeof uploads;
    };
  }
}
