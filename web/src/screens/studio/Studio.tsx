import { Link } from '@tanstack/react-router';
import { PencilLine } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { MoreButton } from '../../components/controls/MoreButton';
import { EmptyState, PartialFailure, ScreenSkeleton } from '../../components/feedback/States';
import { Page } from '../../components/layout/Page';
import { pageOf } from '../../relay/usePages';
import { usePagesShown } from '../../relay/usePagesShown';
import type { StudioLists_tracks$key } from './__generated__/StudioLists_tracks.graphql';
import type { StudioQuery } from './__generated__/StudioQuery.graphql';
import { MadeEdits } from './MadeEdits';
import { StudioLists } from './StudioLists';

const query = graphql`
  query StudioQuery($first: Int!, $after: String) {
    viewer {
      uploads(first: $first, after: $after) {
        pageInfo {
          endCursor
          hasNextPage
        }
        edges {
          node {
            track {
              ...StudioLists_tracks
            }
          }
        }
      }
    }
  }
`;

type Made = StudioLists_tracks$key[number] | null;

const read = (data: StudioQuery['response']) =>
  pageOf(data.viewer?.uploads, 0, ({ node: { track } }): Made => track ?? null);

const NO_VARIABLES = {};

/** Screen 17: what the viewer publishes: the albums, artists and tracks that came of their uploads, the newest first. */
export default function Studio() {
  const { t } = useTranslation(['studio', 'common']);
  const list = usePagesShown<StudioQuery, Made>({ query, variables: NO_VARIABLES, by: 'after', read });
  const tracks = list.items.flatMap((track) => track ?? []);
  return (
    <Page title={t('common:nav.studio')} actions={<Link to="/studio/issues">{t('studio:issues')}</Link>}>
      {list.error !== null && (
        <PartialFailure what={t('common:nav.studio')} error={list.error} onRetry={list.refresh} />
      )}
      {!list.isKnown && list.error === null && <ScreenSkeleton />}
      {list.isKnown && tracks.length === 0 && !list.hasNext && (
        <EmptyState
          icon={PencilLine}
          title={t('studio:empty.title')}
          action={<Link to="/uploads">{t('common:nav.uploads')}</Link>}
        >
          {t('studio:empty.body')}
        </EmptyState>
      )}
      <MadeEdits onChanged={list.refresh} />
      <StudioLists tracks={tracks} onChanged={list.refresh} />
      <MoreButton {...list} />
    </Page>
  );
}
