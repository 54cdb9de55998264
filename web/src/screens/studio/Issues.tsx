import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { graphql, readInlineData, useLazyLoadQuery } from 'react-relay';

import { Page } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import type { Issues_found$key } from './__generated__/Issues_found.graphql';
import type { IssuesQuery } from './__generated__/IssuesQuery.graphql';
import { ISSUE_KINDS, slugOf } from './issueKinds';
import styles from './Studio.module.css';

const foundFragment = graphql`
  fragment Issues_found on CatalogIssueConnection @inline {
    edges {
      cursor
    }
    pageInfo {
      hasNextPage
    }
  }
`;

/** What may be wrong with what the viewer keeps, for ADMIN with everything: how much of each kind, and where it is listed. */
export default function Issues() {
  const { t } = useTranslation(['studio', 'common']);
  const found = useLazyLoadQuery<IssuesQuery>(
    graphql`
      query IssuesQuery {
        DUPLICATE_ARTISTS: catalogIssues(kind: DUPLICATE_ARTISTS, first: 100) {
          ...Issues_found
        }
        DUPLICATE_ALBUMS: catalogIssues(kind: DUPLICATE_ALBUMS, first: 100) {
          ...Issues_found
        }
        DUPLICATE_TRACKS: catalogIssues(kind: DUPLICATE_TRACKS, first: 100) {
          ...Issues_found
        }
        DUPLICATE_RECORDINGS: catalogIssues(kind: DUPLICATE_RECORDINGS, first: 100) {
          ...Issues_found
        }
        TRACK_OF_UNKNOWN_ARTIST: catalogIssues(kind: TRACK_OF_UNKNOWN_ARTIST, first: 100) {
          ...Issues_found
        }
        TRACK_WITHOUT_GENRE: catalogIssues(kind: TRACK_WITHOUT_GENRE, first: 100) {
          ...Issues_found
        }
        ALBUM_WITHOUT_COVER: catalogIssues(kind: ALBUM_WITHOUT_COVER, first: 100) {
          ...Issues_found
        }
        ALBUM_WITHOUT_YEAR: catalogIssues(kind: ALBUM_WITHOUT_YEAR, first: 100) {
          ...Issues_found
        }
        ALBUM_WITH_GAPS: catalogIssues(kind: ALBUM_WITH_GAPS, first: 100) {
          ...Issues_found
        }
        ARTIST_WITHOUT_IMAGE: catalogIssues(kind: ARTIST_WITHOUT_IMAGE, first: 100) {
          ...Issues_found
        }
      }
    `,
    {},
    { fetchPolicy: 'store-and-network' },
  );
  return (
    <Page title={t('studio:issues')} actions={<Link to="/studio">{t('common:nav.studio')}</Link>}>
      <p>{t('studio:issues.lead')}</p>
      <ul className={styles.list}>
        {ISSUE_KINDS.map((kind) => (
          <li key={kind} aria-label={t(`studio:issue.${kind}`)}>
            <div>
              <Link to="/studio/issues/$kind" params={{ kind: slugOf(kind) }}>
                {t(`studio:issue.${kind}`)}
              </Link>
              <p className={styles.soft}>{t(`studio:issueLead.${kind}`)}</p>
            </div>
            <span className={styles.badge}>
              <Count found={found[kind]} />
            </span>
          </li>
        ))}
      </ul>
    </Page>
  );
}

/** How many there are, as far as one page tells; nothing when a part of the platform did not answer. */
function Count({ found }: { found: Issues_found$key | null | undefined }) {
  const { t } = useTranslation('studio');
  const format = useFormat();
  if (!found) return t('issues.unknown');
  const { edges, pageInfo } = readInlineData(foundFragment, found);
  const shown = format.count(edges.length);
  return pageInfo.hasNextPage ? t('issues.more', { shown }) : shown;
}
