import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Cover } from '../../components/cards/Cover';
import { ErrorState, ScreenSkeleton } from '../../components/feedback/States';
import { namesOf } from '../../components/tracks/joinNames';
import { useFormat } from '../../i18n/useFormat';
import { pageOf, usePages } from '../../relay/usePages';
import type { SharedTracks_track$key } from './__generated__/SharedTracks_track.graphql';
import type { SharedTracksQuery } from './__generated__/SharedTracksQuery.graphql';
import styles from './Shared.module.css';

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
              ...SharedTracks_track
            }
          }
        }
      }
    }
  }
`;

interface Entry {
  readonly key: string;
  readonly track: SharedTracks_track$key | null | undefined;
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
        {items.map((entry, index) => (entry ? <SharedTrack key={entry.key} entry={entry} index={index} /> : null))}
      </ol>
      <div ref={end}>{hasMore && <p role="status">{t('loading')}</p>}</div>
    </section>
  );
}

function SharedTrack({ entry, index }: { entry: Entry; index: number }) {
  const { t } = useTranslation('common');
  const format = useFormat();
  const track = useFragment(
    graphql`
      fragment SharedTracks_track on Track {
        title
        durationMs
        explicit
        artists {
          name
        }
        album {
          title
          coverUrl
        }
      }
    `,
    entry.track,
  );
  return (
    <li>
      <span className={styles.number}>{format.count(index + 1)}</span>
      <Cover
        url={track?.album?.coverUrl as string | null}
        title={track?.album?.title ?? track?.title ?? ''}
        sizes="3rem"
      />
      <div>
        <strong dir="auto">{track?.title ?? t('trackGone')}</strong>
        <small dir="auto">{track && namesOf(track.artists)}</small>
      </div>
      <small dir="auto" className={styles.album}>
        {track?.album?.title}
      </small>
      <small>{track ? format.clock(track.durationMs) : ''}</small>
    </li>
  );
}
