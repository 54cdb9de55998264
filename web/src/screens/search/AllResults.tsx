import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { AlbumCard } from '../../components/cards/AlbumCard';
import { ArtistCard } from '../../components/cards/ArtistCard';
import { PlaylistCard } from '../../components/cards/PlaylistCard';
import { PartialFailure } from '../../components/feedback/States';
import { Section } from '../../components/layout/Page';
import { Shelf } from '../../components/layout/Shelf';
import { TrackList } from '../../components/tracks/TrackList';
import type { AllResultsQuery } from './__generated__/AllResultsQuery.graphql';
import type { SearchType } from './ResultsOfType';
import { NothingFound } from './Search';
import styles from './Search.module.css';

/** The best of each kind. */
export function AllResults({ query }: { query: string }) {
  const { t } = useTranslation('search');
  const data = useLazyLoadQuery<AllResultsQuery>(
    graphql`
      query AllResultsQuery($query: String!) {
        tracks: search(query: $query, types: [TRACK], first: 8) @catch {
          edges {
            node {
              ... on Track {
                id
                ...TrackRow_track @alias(as: "shown")
              }
            }
          }
        }
        artists: search(query: $query, types: [ARTIST], first: 12) @catch {
          edges {
            node {
              ... on Artist {
                ...ArtistCard_artist @alias(as: "shown")
              }
            }
          }
        }
        albums: search(query: $query, types: [ALBUM], first: 12) @catch {
          edges {
            node {
              ... on Album {
                ...AlbumCard_album @alias(as: "shown")
              }
            }
          }
        }
        playlists: search(query: $query, types: [PLAYLIST], first: 12) @catch {
          edges {
            node {
              ... on Playlist {
                ...PlaylistCard_playlist @alias(as: "shown")
              }
            }
          }
        }
      }
    `,
    { query },
    { fetchPolicy: 'store-and-network' },
  );
  const { tracks, artists, albums, playlists } = data;
  if (!tracks.ok || !artists.ok || !albums.ok || !playlists.ok) return <PartialFailure what={t('title')} />;
  const trackNodes =
    tracks.value?.edges.flatMap(({ node }) => (node?.id ? [{ id: node.id, track: node.shown }] : [])) ?? [];
  const artistNodes = artists.value?.edges.flatMap(({ node }) => (node?.shown ? [node.shown] : [])) ?? [];
  const albumNodes = albums.value?.edges.flatMap(({ node }) => (node?.shown ? [node.shown] : [])) ?? [];
  const playlistNodes = playlists.value?.edges.flatMap(({ node }) => (node?.shown ? [node.shown] : [])) ?? [];
  if (trackNodes.length + artistNodes.length + albumNodes.length + playlistNodes.length === 0)
    return <NothingFound query={query} />;
  const all = (type: SearchType) => (
    <Link to="/search" search={{ q: query, type }} replace>
      {t('showAll')}
    </Link>
  );
  return (
    <div className={styles.results}>
      {artistNodes.length > 0 && (
        <Shelf title={t('tab.ARTIST')} action={all('ARTIST')}>
          {artistNodes.map((artist, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the order is the result
            <ArtistCard key={index} artist={artist} />
          ))}
        </Shelf>
      )}
      {trackNodes.length > 0 && (
        <Section title={t('tab.TRACK')} action={all('TRACK')}>
          <TrackList
            label={t('tab.TRACK')}
            items={trackNodes.map(({ id, track }) => ({ key: id, id, track }))}
            columns={{ cover: true, album: true }}
            source={{ kind: 'SEARCH', id: null }}
          />
        </Section>
      )}
      {albumNodes.length > 0 && (
        <Shelf title={t('tab.ALBUM')} action={all('ALBUM')}>
          {albumNodes.map((album, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the order is the result
            <AlbumCard key={index} album={album} />
          ))}
        </Shelf>
      )}
      {playlistNodes.length > 0 && (
        <Shelf title={t('tab.PLAYLIST')} action={all('PLAYLIST')}>
          {playlistNodes.map((playlist, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the order is the result
            <PlaylistCard key={index} playlist={playlist} />
          ))}
        </Shelf>
      )}
    </div>
  );
}
