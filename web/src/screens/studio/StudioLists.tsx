import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { namesOf } from '../../components/tracks/joinNames';
import type { StudioLists_tracks$data, StudioLists_tracks$key } from './__generated__/StudioLists_tracks.graphql';
import { ChosenList } from './ChosenList';
import { MergeDialog, type Named } from './MergeDialog';
import { MoveTracksDialog } from './MoveTracksDialog';
import { SplitArtistDialog } from './SplitArtistDialog';
import { useCatalogEdits } from './useCatalogEdits';

type Track = StudioLists_tracks$data[number];
type Asking =
  | { readonly kind: 'albums' | 'artists' | 'move'; readonly chosen: readonly Named[] }
  | { readonly kind: 'split'; readonly artist: Named };

const unique = <T extends { readonly id: string }>(all: readonly T[]): readonly T[] => [
  ...new Map(all.map((one) => [one.id, one])).values(),
];
const titled = ({ id, title }: { readonly id: string; readonly title: string }): Named => ({ id, name: title });

/** Albums, tracks and artists, of which some can be chosen: merged, moved, and split. */
export function StudioLists(props: { readonly tracks: StudioLists_tracks$key; readonly onChanged: () => void }) {
  const { t } = useTranslation('studio');
  const data = useFragment(
    graphql`
      fragment StudioLists_tracks on Track @relay(plural: true) {
        id
        title
        status
        artists {
          id
          name
        }
        album {
          id
          title
          status
          artists {
            id
          }
        }
      }
    `,
    props.tracks,
  );
  const [asking, setAsking] = useState<Asking | null>(null);
  const tracks = unique(data);
  const albums = unique(tracks.flatMap(({ album }) => album ?? []));
  const artists = unique(tracks.flatMap((track) => track.artists));
  return (
    <>
      <ChosenList
        title={t('albums')}
        rows={albums.map(({ id, title, status }) => ({ id, name: title, status, to: '/studio/albums/$albumId' }))}
        actions={[
          { label: t('merge.albums'), least: 2, most: 101, act: (chosen) => setAsking({ kind: 'albums', chosen }) },
        ]}
      />
      <ChosenList
        title={t('tracks')}
        rows={tracks.map(({ id, title, status, album }) => ({
          ...{ id, name: title, status, to: '/studio/tracks/$trackId' },
          note: album?.title,
        }))}
        actions={[{ label: t('move'), least: 1, most: 100, act: (chosen) => setAsking({ kind: 'move', chosen }) }]}
      />
      <ChosenList
        title={t('artists')}
        rows={artists.map(({ id, name }) => ({ id, name, to: '/artists/$artistId' }))}
        actions={[
          { label: t('merge.artists'), least: 2, most: 101, act: (chosen) => setAsking({ kind: 'artists', chosen }) },
          {
            ...{ label: t('split.one'), least: 1, most: 1 },
            act: ([artist]) => artist && setAsking({ kind: 'split', artist }),
          },
        ]}
      />
      {asking && (
        <Ask
          asking={asking}
          tracks={tracks}
          albums={albums}
          onChanged={props.onChanged}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}

interface AskProps {
  readonly asking: Asking;
  readonly tracks: readonly Track[];
  readonly albums: readonly NonNullable<Track['album']>[];
  readonly onChanged: () => void;
  readonly onClose: () => void;
}

/** The dialog of what was pressed, which says what will be. */
function Ask({ asking, tracks, albums, onChanged, onClose }: AskProps) {
  const { t } = useTranslation('studio');
  const edits = useCatalogEdits(onChanged);
  if (asking.kind === 'split') {
    const { artist } = asking;
    const isOf = ({ artists }: { readonly artists: readonly { readonly id: string }[] }) =>
      artists.some(({ id }) => id === artist.id);
    return (
      <SplitArtistDialog
        artist={artist}
        albums={albums.filter(isOf).map(titled)}
        tracks={tracks.filter(isOf).map(titled)}
        onClose={onClose}
        onSplit={(name, input) => edits.splitArtist(t('split.done', { artist: artist.name, name }), input)}
      />
    );
  }
  const { kind, chosen } = asking;
  if (kind === 'move') {
    const names = namesOf(chosen);
    return (
      <MoveTracksDialog
        tracks={chosen}
        albums={albums.map(titled)}
        onClose={onClose}
        onMove={(album, input) =>
          edits.moveTracks(
            album ? t('move.done', { tracks: names, album: album.name }) : t('move.offDone', { tracks: names }),
            input,
          )
        }
      />
    );
  }
  const merge = kind === 'albums' ? edits.mergeAlbums : edits.mergeArtists;
  return (
    <MergeDialog
      what={kind}
      all={chosen}
      onClose={onClose}
      onMerge={(target, sources) =>
        merge(
          t('merge.done', { sources: namesOf(sources), target: target.name }),
          target.id,
          sources.map(({ id }) => id),
        )
      }
    />
  );
}
