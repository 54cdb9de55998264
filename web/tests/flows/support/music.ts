import type { APIRequestContext } from '@playwright/test';

import { ask } from './people';

export interface Album {
  readonly id: string;
  readonly title: string;
  /** Their titles. */
  readonly tracks: readonly string[];
  readonly trackIds: readonly string[];
}

interface Answer {
  readonly albums: {
    readonly edges: readonly {
      readonly node: {
        readonly id: string;
        readonly title: string;
        readonly durationMs: number;
        readonly tracks: { readonly edges: readonly { readonly node: { readonly id: string; readonly title: string; readonly playable: boolean | null } }[] };
      };
    }[];
  };
}

const QUERY = '{ albums(first: 50) { edges { node { id title durationMs tracks(first: 50) { edges { node { id title playable } } } } } } }';

/** The longest album of the demo of which every track can be played. */
export async function longestAlbum(request: APIRequestContext): Promise<Album> {
  const { albums } = await ask<Answer>(request, QUERY, {});
  const playable = albums.edges
    .map(({ node }) => node)
    .filter(({ tracks }) => tracks.edges.length > 0 && tracks.edges.every(({ node }) => node.playable === true))
    .sort((one, other) => other.durationMs - one.durationMs);
  const [album] = playable;
  if (!album) throw new Error('the platform has no music: start it with --demo');
  const tracks = album.tracks.edges.map(({ node }) => node);
  return { id: album.id, title: album.title, tracks: tracks.map(({ title }) => title), trackIds: tracks.map(({ id }) => id) };
}
