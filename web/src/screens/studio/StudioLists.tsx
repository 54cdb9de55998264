import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { namesOf } from '../../components/tracks/joinNames';
import type { StudioLists_tracks$data, StudioLists_tracks$key } from './__generated__/StudioLists_tracks.graphql';
import { BulkAsk, type BulkQuestion } from './BulkAsk';
import { ChosenList } from './ChosenList';
import { MergeDialog, type Named } from './MergeDialog';
import { MoveTracksDialog } from './MoveTracksDialog';
import { SplitArtistDialog } from './SplitArtistDialog';
import { useBulkEdits } from './useBulkEdits';
import { useCatalogEdits } from './useCatalogEdits';

type Track = StudioLists_tracks$data[number];
type Asking =
  | { readonly kind: 'albums' | 'artists' | 'move'; readonly chosen: readonly Named[] }
  | { readonly kind: 'split'; readonly artist: Named };

const unique = <T extends { readonly id: string }>(all: readonly T[]): readonly T[] => [
  ...new Map(all.map((one) => [one.id, one])).values(),
];
const titled = ({ id, title }: { readonly id: string; readonly title: string }): Named => ({ id, name: title });

/** How many one request may edit. */
const MOST = 100;

/** Albums, tracks and artists, of which some can be chosen: edited, published, withdrawn, deleted, merged, moved, and split. */
export function StudioLists(props: { readonly tracks: StudioLists_tracks$key; readonly onChanged: () => void }) {
  const { t } = useTranslation('studio');
  const data = useFragment(
    graphql`
      fragment StudioLists_tracks on Track @relay(plural: true) {
        id
        title
        status
        version
        artists {
          id
          name
          version
        }
        album {
          id
          title
          status
          version
          artists {
            id
          }
        }
      }
    `,
    props.tracks,
  );
  const [asking, setAsking] = useState<Asking | null>(null);
  const [question, setQuestion] = useState<BulkQuestion | null>(null);
  const bulk = useBulkEdits(props.onChanged);
  const ask = (kind: BulkQuestion['kind']) => (chosen: BulkQuestion['chosen']) => setQuestion({ kind, chosen });
  const many = { least: 1, most: MOST };
  const tracks = unique(data);
  const albums = unique(tracks.flatMap(({ album }) => album ?? []));
  const artists = unique(tracks.flatMap((track) => track.artists));
  return (
    <>
      <ChosenList
        title={t('albums')}
        rows={albums.map(({ id, title, status, version }) => ({
          ...{ id, name: title, status, version },
          to: '/studio/albums/$albumId' as const,
        }))}
        actions={[
          { label: t('publish'), ...many, act: (chosen) => void bulk.publishAlbums(chosen) },
          { label: t('withdraw'), ...many, act: ask('withdrawAlbums') },
          { label: t('delete'), ...many, act: ask('deleteAlbums') },
          { label: t('merge.albums'), least: 2, most: 101, act: (chosen) => setAsking({ kind: 'albums', chosen }) },
        ]}
      />
      <ChosenList
        title={t('tracks')}
        rows={tracks.map(({ id, title, status, version, album }) => ({
          ...{ id, name: title, status, version, note: album?.title },
          to: '/studio/tracks/$trackId' as const,
        }))}
        actions={[
          { label: t('bulk.edit'), ...many, act: ask('edit') },
          { label: t('move'), ...many, act: (chosen) => setAsking({ kind: 'move', chosen }) },
          { label: t('publish'), ...many, act: (chosen) => void bulk.publishTracks(chosen) },
          { label: t('withdraw'), ...many, act: ask('withdrawTracks') },
          { label: t('delete'), ...many, act: ask('deleteTracks') },
        ]}
      />
      <ChosenList
        title={t('artists')}
        rows={artists.map(({ id, name, version }) => ({ id, name, version, to: '/studio/artists/$artistId' as const }))}
        actions={[
          { label: t('merge.artists'), least: 2, most: 101, act: (chosen) => setAsking({ kind: 'artists', chosen }) },
          {
            ...{ label: t('split.one'), least: 1, most: 1 },
            act: ([artist]) => artist && setAsking({ kind: 'split', artist }),
          },
        ]}
      />
      <BulkAsk edits={bulk} question={question} onClose={() => setQuestion(null)} />
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
