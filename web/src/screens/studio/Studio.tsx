import { Link } from '@tanstack/react-router';
import { PencilLine } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { EmptyState, PartialFailure } from '../../components/feedback/States';
import { Page, Section } from '../../components/layout/Page';
import type { StudioQuery } from './__generated__/StudioQuery.graphql';
import styles from './Studio.module.css';

/** Screen 17: what the viewer publishes: the albums and tracks that came of their newest hundred uploads. */
export default function Studio() {
  const { t } = useTranslation(['studio', 'common']);
  const { viewer } = useLazyLoadQuery<StudioQuery>(
    graphql`
      query StudioQuery {
        viewer {
          uploads(first: 100) {
            edges {
              node {
                id
                track {
                  id
                  title
                  status
                  album {
                    id
                    title
                    status
                  }
                }
              }
            }
          }
        }
      }
    `,
    {},
    { fetchPolicy: 'store-and-network' },
  );
  const tracks = [
    ...new Map(
      viewer?.uploads?.edges.flatMap(({ node: { track } }) => (track ? [[track.id, track] as const] : [])) ?? [],
    ).values(),
  ];
  const albums = [...new Map(tracks.flatMap(({ album }) => (album ? [[album.id, album] as const] : []))).values()];
  return (
    <Page title={t('common:nav.studio')}>
      {viewer && !viewer.uploads && <PartialFailure what={t('common:nav.studio')} />}
      {viewer?.uploads && tracks.length === 0 && (
        <EmptyState
          icon={PencilLine}
          title={t('studio:empty.title')}
          action={<Link to="/uploads">{t('common:nav.uploads')}</Link>}
        >
          {t('studio:empty.body')}
        </EmptyState>
      )}
      {albums.length > 0 && (
        <Section title={t('studio:albums')}>
          <ul className={styles.list}>
            {albums.map((album) => (
              <li key={album.id} aria-label={album.title}>
                <Link to="/studio/albums/$albumId" params={{ albumId: album.id }} dir="auto">
                  {album.title}
                </Link>
                <span className={styles.badge}>{t(`studio:status.${album.status}`)}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {tracks.length > 0 && (
        <Section title={t('studio:tracks')}>
          <ul className={styles.list}>
            {tracks.map((track) => (
              <li key={track.id} aria-label={track.title}>
                <Link to="/studio/tracks/$trackId" params={{ trackId: track.id }} dir="auto">
                  {track.title}
                </Link>
                <span className={styles.soft} dir="auto">
                  {track.album?.title}
                </span>
                <span className={styles.badge}>{t(`studio:status.${track.status}`)}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </Page>
  );
}
