import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { ErrorState, ScreenSkeleton } from '../../components/feedback/States';
import { pageOf, usePages } from '../../relay/usePages';
import type { SharedTrack_track$key } from './__generated__/SharedTrack_track.graphql';
import type { SharedTracksQuery } from './__generated__/SharedTracksQuery.graphql';
import styles from './Shared.module.css';
import { SharedTrack } from './SharedTrack';

const query = graphql`
  query SharedTracksQuery($token: String!, $first: Int!, $after: String) {
    sharedPlaylist(token: $token) {
      version
      items(first: $first, after: $after) {
        totalCount
        pageInfo {
          endCursor
          hasNextPage
        }
        edges {
          node {
            id
            track {
              ...SharedTrack_track
            }
          }
        }
      }
    }
  }
`;

interface Entry {
  readonly key: string;
  readonly track: SharedTrack_track$key | null | undefined;
}

function read(data: SharedTracksQuery['response']) {
  const playlist = data.sharedPlaylist;
  return pageOf(playlist?.items, playlist?.version, ({ node }): Entry => ({ key: node.id, track: node.track }));
}

/** What is in a shared playlist: to be read, for nobody has to be signed in here. */
export function SharedTracks({ token, title }: { token: string; title: string }) {
  const { t } = useTranslation('common');
  const { pages, items, totalCount, error } = usePages<SharedTracksQuery, Entry>({
    query,
    variables: { token },
    by: 'after',
    read,
  });
  const end = useRef<HTMLDivElement>(null);
  const loaded = items.length;
  const hasMore = totalCount !== null && loaded < totalCount;
  useEffect(() => {
    const element = end.current;
    if (!element || !hasMore) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && pages.need(loaded), {
      rootMargin: '800px',
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [pages, hasMore, loaded]);
  if (totalCount === null)
    return error ? <ErrorState error={error} onRetry={() => pages.need(0)} /> : <ScreenSkeleton />;
  return (
    <section aria-label={title}>
      <ol className={styles.tracks}>
        {items.map((entry, index) =>
          entry ? <SharedTrack key={entry.key} track={entry.track} index={index} /> : null,
        )}
      </ol>
      <div ref={end}>{hasMore && <p role="status">{t('loading')}</p>}</div>
    </section>
  );
}
