import { Link } from '@tanstack/react-router';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import type { PlaySource } from '../../player/types';
import { usePlayerState } from '../../player/usePlayer';
import { ErrorBoundary } from '../feedback/ErrorBoundary';
import type { PlayingFromQuery } from './__generated__/PlayingFromQuery.graphql';
import styles from './Playing.module.css';

/** What the track that plays comes from, with a way there; nothing while nobody knows. */
export function PlayingFrom() {
  const { t } = useTranslation('player');
  const source = usePlayerState((state) => state.source);
  if (!source) return null;
  return (
    <p className={styles.from}>
      <span>{t(`from.${source.kind}`)}</span>
      {source.id !== null && (
        // A name that does not come is no reason to hide what plays.
        <ErrorBoundary resetKey={source.id} fallback={() => null}>
          <Suspense fallback={null}>
            <Named source={source} id={source.id} key={source.id} />
          </Suspense>
        </ErrorBoundary>
      )}
      {source.kind === 'LIKED_TRACKS' && <Link to="/library">{t('from.liked')}</Link>}
    </p>
  );
}

/** The name of an album, artist or playlist; nothing when the viewer may not see it. */
function Named({ source, id }: { source: PlaySource; id: string }) {
  const { node } = useLazyLoadQuery<PlayingFromQuery>(
    graphql`
      query PlayingFromQuery($id: ID!) {
        node(id: $id) {
          __typename
          id
          ... on Album {
            title
          }
          ... on Artist {
            name
          }
          ... on Playlist {
            title
          }
        }
      }
    `,
    { id },
    { fetchPolicy: 'store-or-network' },
  );
  const name = node?.title ?? node?.name;
  if (!name) return null;
  const text = <bdi>{name}</bdi>;
  if (source.kind === 'ALBUM')
    return (
      <Link to="/albums/$albumId" params={{ albumId: id }}>
        {text}
      </Link>
    );
  if (source.kind === 'ARTIST')
    return (
      <Link to="/artists/$artistId" params={{ artistId: id }}>
        {text}
      </Link>
    );
  return (
    <Link to="/playlists/$playlistId" params={{ playlistId: id }}>
      {text}
    </Link>
  );
}
