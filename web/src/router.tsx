import { createRootRoute, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router';
import type { FunctionComponent } from 'react';
import { fetchQuery } from 'relay-runtime';

import { lazyAgain } from './components/feedback/lazyAgain';
import { RouteFailure } from './components/feedback/RouteFailure';
import { ScreenSkeleton } from './components/feedback/States';
import { loadTexts } from './i18n';
import type { Namespace } from './i18n/namespaces';
import signInQuery from './screens/session/__generated__/SignInQuery.graphql';
import { session } from './session';
import { connection } from './session/SessionProvider';
import { NotFound } from './shell/NotFound';
import { NoSuchAddress, PublicFrame } from './shell/PublicFrame';
import { Shell } from './shell/Shell';

type ScreenModule = { readonly default: FunctionComponent };

/** A screen whose code and texts are loaded together, when somebody goes there or points at a link to it. */
const screen = (load: () => Promise<ScreenModule>, ...texts: readonly Namespace[]) => ({
  component: lazyAgain(load),
  loader: () => loadTexts(...texts),
});

const root = createRootRoute({ component: Outlet, notFoundComponent: NoSuchAddress });

/** Only an address of this page: never one of another site. */
const localPath = (value: unknown) => (typeof value === 'string' && /^\/(?![/\\])/.test(value) ? value : undefined);
const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

/** Screens for whoever is signed in, inside of the shell. */
const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  component: Shell,
  beforeLoad: ({ location }) => {
    if (session.getSnapshot().status === 'signedIn') return;
    throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href } });
  },
});

/** Screens for everybody. */
const open = createRoute({ getParentRoute: () => root, id: 'open', component: PublicFrame });

const inApp = <const Path extends string>(
  path: Path,
  load: () => Promise<ScreenModule>,
  ...texts: readonly Namespace[]
) => createRoute({ getParentRoute: () => app, path, ...screen(load, ...texts) });

const inOpen = <const Path extends string>(
  path: Path,
  load: () => Promise<ScreenModule>,
  ...texts: readonly Namespace[]
) => createRoute({ getParentRoute: () => open, path, ...screen(load, ...texts) });

const signIn = createRoute({
  getParentRoute: () => open,
  path: '/sign-in',
  // Whoever is signed in signs out first: nobody becomes another person by the way.
  beforeLoad: ({ search }) => {
    if (session.getSnapshot().status === 'signedIn') throw redirect({ href: search.next ?? '/', replace: true });
  },
  validateSearch: (search: Record<string, unknown>): { next?: string | undefined; reason?: 'ended' | undefined } => ({
    next: localPath(search.next),
    reason: search.reason === 'ended' ? 'ended' : undefined,
  }),
  ...screen(() => import('./screens/session/SignIn'), 'session'),
  loader: () => {
    // What the form shows of the server is asked for while the form's code is on its way. Where that fails, the form asks.
    fetchQuery(connection().environment, signInQuery, {}, { fetchPolicy: 'store-or-network' }).subscribe({
      error() {},
    });
    return loadTexts('session');
  },
});

const register = createRoute({
  getParentRoute: () => open,
  path: '/register',
  validateSearch: (
    search: Record<string, unknown>,
  ): { invitation?: string | undefined; next?: string | undefined } => ({
    invitation: text(search.invitation),
    next: localPath(search.next),
  }),
  ...screen(() => import('./screens/session/Register'), 'session'),
});

const search = createRoute({
  getParentRoute: () => app,
  path: '/search',
  validateSearch: (
    given: Record<string, unknown>,
  ): { q?: string | undefined; type?: 'TRACK' | 'ALBUM' | 'ARTIST' | 'PLAYLIST' | undefined } => ({
    // A query of digits only comes as a number.
    q: given.q === undefined ? undefined : String(given.q),
    type:
      given.type === 'TRACK' || given.type === 'ALBUM' || given.type === 'ARTIST' || given.type === 'PLAYLIST'
        ? given.type
        : undefined,
  }),
  ...screen(() => import('./screens/search/Search'), 'search', 'music'),
});

const routeTree = root.addChildren([
  open.addChildren([
    signIn,
    register,
    inOpen('/sign-in/callback', () => import('./screens/session/OidcCallback'), 'session'),
    inOpen('/verify', () => import('./screens/session/VerifyEmail'), 'session'),
    inOpen('/forgot', () => import('./screens/session/ForgotPassword'), 'session'),
    inOpen('/reset', () => import('./screens/session/ResetPassword'), 'session'),
    inOpen('/unsubscribe', () => import('./screens/session/Unsubscribe'), 'session'),
    inOpen('/join/$code', () => import('./screens/party/Join'), 'party'),
    inOpen('/s/m/$token', () => import('./screens/share/SharedMusic'), 'playlists', 'music'),
    inOpen('/s/$token', () => import('./screens/share/Shared'), 'playlists', 'music'),
  ]),
  app.addChildren([
    search,
    inApp('/', () => import('./screens/home/Home'), 'home', 'music'),
    inApp('/artists/$artistId', () => import('./screens/artist/Artist'), 'music'),
    inApp('/albums/$albumId', () => import('./screens/album/Album'), 'music'),
    inApp('/tracks/$trackId', () => import('./screens/track/Track'), 'music'),
    inApp('/explore', () => import('./screens/explore/Explore'), 'music', 'home'),
    inApp('/charts', () => import('./screens/explore/Charts'), 'music', 'home'),
    inApp('/genres/$slug', () => import('./screens/explore/Genre'), 'music', 'home'),
    inApp('/library', () => import('./screens/library/Library'), 'library', 'music'),
    inApp('/library/albums', () => import('./screens/library/Albums'), 'library', 'music'),
    inApp('/library/artists', () => import('./screens/library/Artists'), 'library', 'music'),
    inApp('/library/playlists', () => import('./screens/library/Playlists'), 'library', 'playlists'),
    inApp('/history', () => import('./screens/history/History'), 'library', 'music'),
    inApp('/playlists/new', () => import('./screens/playlist/SmartEditor'), 'playlists'),
    inApp('/playlists/$playlistId', () => import('./screens/playlist/Playlist'), 'playlists', 'music'),
    inApp('/playlists/$playlistId/rules', () => import('./screens/playlist/SmartEditor'), 'playlists'),
    inApp('/queue', () => import('./screens/queue/Queue'), 'player'),
    inApp('/now-playing', () => import('./screens/now-playing/NowPlaying'), 'player'),
    inApp('/devices', () => import('./screens/devices/Devices'), 'player'),
    inApp('/party', () => import('./screens/party/Party'), 'party'),
    inApp('/uploads', () => import('./screens/uploads/Uploads'), 'uploads'),
    inApp('/studio', () => import('./screens/studio/Studio'), 'studio'),
    inApp('/studio/issues', () => import('./screens/studio/Issues'), 'studio'),
    inApp('/studio/issues/$kind', () => import('./screens/studio/IssuesOfKind'), 'studio'),
    inApp('/studio/artists/$artistId', () => import('./screens/studio/StudioArtist'), 'studio'),
    inApp('/studio/albums/$albumId', () => import('./screens/studio/StudioAlbum'), 'studio'),
    inApp('/studio/tracks/$trackId', () => import('./screens/studio/StudioTrack'), 'studio'),
    inApp('/offline', () => import('./screens/offline/Offline'), 'offline', 'music'),
    inApp('/people/$userId', () => import('./screens/people/Person'), 'people'),
    inApp('/settings', () => import('./screens/settings/Settings'), 'settings'),
    inApp('/settings/$section', () => import('./screens/settings/Settings'), 'settings'),
  ]),
]);

export const router = createRouter({
  routeTree,
  // The code of a screen is loaded when somebody points at its link or moves the focus there.
  defaultPreload: 'intent',
  defaultPreloadDelay: 40,
  defaultPendingMs: 150,
  defaultPendingMinMs: 0,
  defaultPendingComponent: ScreenSkeleton,
  defaultErrorComponent: RouteFailure,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
