import { type APIRequestContext, expect, type Page } from '@playwright/test';

import { longestAlbum } from './music';
import { ask, change, otherDevice, type Person } from './people';
import { admin, listener } from './platform';

/** Screens for whoever is not signed in. `:token` is the share link of a playlist. */
export const OPEN = [
  '/sign-in',
  '/sign-in/callback?error=access_denied',
  '/register',
  '/forgot',
  '/reset?token=unknown',
  '/verify?token=unknown',
  '/unsubscribe?token=unknown',
  '/join/ABCD-2345',
  '/s/unknown',
  '/s/:token',
];

/** Screens of a listener. What begins with a colon stands for an id of the demo. */
export const OF_LISTENERS = [
  '/',
  '/search?q=light',
  '/search?q=nothing+is+called+that',
  '/artists/:artist',
  '/albums/:album',
  '/tracks/:track',
  '/explore',
  '/charts',
  '/genres/ambient',
  '/library',
  '/library/albums',
  '/library/artists',
  '/library/playlists',
  '/history',
  '/playlists/new',
  '/playlists/:playlist',
  '/playlists/:smart',
  '/playlists/:smart/rules',
  '/queue',
  '/now-playing',
  '/devices',
  '/party',
  '/offline',
  '/people/:person',
  '/s/:token',
  '/nowhere',
  ...['profile', 'account', 'security', 'sessions', 'apps', 'log', 'shares', 'playback', 'appearance', 'shortcuts', 'data'].map((section) => `/settings/${section}`),
];

/** Screens of who brings music. */
export const OF_CREATORS = [
  '/uploads',
  '/studio',
  '/studio/albums/:album',
  '/studio/tracks/:track',
  '/studio/artists/:artist',
  '/studio/issues',
  '/studio/issues/track-without-genre',
  '/studio/issues/album-with-gaps',
];

interface Found {
  readonly track: { readonly artists: readonly { readonly id: string }[] };
  readonly viewer: {
    readonly user: { readonly id: string };
    readonly playlists: { readonly edges: readonly { readonly node: { readonly id: string; readonly title: string } }[] };
  };
}

/** What the colons stand for. Makes a playlist with a share link. */
export async function places(request: APIRequestContext): Promise<Readonly<Record<string, string>>> {
  const album = await longestAlbum(request);
  const [track = ''] = album.trackIds;
  const token = await otherDevice(request, await listener());
  const query = `query ($track: ID!) { track(id: $track) { artists { id } }
    viewer { user { id } playlists(first: 50) { edges { node { id title } } } } }`;
  const found = await ask<Found>(request, query, { track }, token);
  const playlists = found.viewer.playlists.edges.map(({ node }) => node);
  const named = (wanted: string) => playlists.find(({ title }) => title === wanted)?.id ?? '';
  const playlist = named('Kitchen Table');
  const share = 'mutation ($id: ID!) { sharePlaylist(id: $id, enabled: true) { playlist { shareToken } userErrors { message } } }';
  const shared = await change<{ sharePlaylist: { playlist: { shareToken: string } } }>(request, share, { id: playlist }, token);
  return {
    album: album.id,
    artist: found.track.artists[0]?.id ?? '',
    person: found.viewer.user.id,
    playlist,
    smart: named('Quiet Hours'),
    token: shared.sharePlaylist.playlist.shareToken,
    track,
  };
}

/** An address with what its colons stand for. */
export const addressOf = (screen: string, found: Readonly<Record<string, string>>): string =>
  screen.replace(/:([a-z]+)/g, (_, name: string) => {
    const id = found[name];
    if (!id) throw new Error(`the demo has no ${name}`);
    return id;
  });

/** Who sees a screen as it should be seen. */
export const viewerOf = (screen: string): Promise<Person> => (OF_CREATORS.includes(screen) ? admin() : listener());

/** Goes to an address and waits until all that it asked for is there: texts, pictures, and the end of what moves. */
export async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await expect(page.getByRole('heading').first()).toBeAttached({ timeout: 30_000 });
  await settled(page);
}

/** Waits until nothing is loaded and nothing moves. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByText('Loading', { exact: false }).and(page.getByRole('status'))).toHaveCount(0, { timeout: 30_000 });
  await page.waitForFunction(() => {
    const pictures = [...document.images].filter(({ loading }) => loading !== 'lazy');
    return pictures.every(({ complete }) => complete) && document.querySelectorAll('[class*="skeleton"]').length === 0;
  }, undefined, { timeout: 30_000 });
}
