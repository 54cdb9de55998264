import { Link } from '@tanstack/react-router';
import { PencilLine } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery, usePaginationFragment } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { EmptyState, PartialFailure } from '../../components/feedback/States';
import { Page } from '../../components/layout/Page';
import type { Studio_query$key } from './__generated__/Studio_query.graphql';
import type { StudioQuery } from './__generated__/StudioQuery.graphql';
import { MadeEdits } from './MadeEdits';
import { StudioLists } from './StudioLists';

const PAGE = 100;

/** Screen 17: what the viewer publishes: the albums, artists and tracks that came of their uploads, the newest first. */
export default function Studio() {
  const { t } = useTranslation(['studio', 'common']);
  const query = useLazyLoadQuery<StudioQuery>(
    graphql`
      query StudioQuery {
        ...Studio_query
      }
    `,
    {},
    { fetchPolicy: 'store-and-network' },
  );
  const { data, hasNext, loadNext, isLoadingNext, refetch } = usePaginationFragment(
    graphql`
      fragment Studio_query on Query
      @refetchable(queryName: "StudioPageQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 100 }, after: { type: "String" }) {
        viewer {
          uploads(first: $count, after: $after) @connection(key: "Studio_uploads") {
            edges {
              node {
                id
                track {
                  ...StudioLists_tracks
                }
              }
            }
          }
        }
      }
    `,
    query as Studio_query$key,
  );
  const { viewer } = data;
  const tracks = viewer?.uploads?.edges.flatMap(({ node: { track } }) => track ?? []) ?? [];
  const refresh = () =>
    void refetch({ count: Math.max(PAGE, viewer?.uploads?.edges.length ?? 0) }, { fetchPolicy: 'network-only' });
  return (
    <Page title={t('common:nav.studio')}>
      {viewer && !viewer.uploads && <PartialFailure what={t('common:nav.studio')} />}
      {viewer?.uploads && tracks.length === 0 && !hasNext && (
        <EmptyState
          icon={PencilLine}
          title={t('studio:empty.title')}
          action={<Link to="/uploads">{t('common:nav.uploads')}</Link>}
        >
          {t('studio:empty.body')}
        </EmptyState>
      )}
      <MadeEdits onChanged={refresh} />
      <StudioLists tracks={tracks} onChanged={refresh} />
      {hasNext && (
        <div>
          <Button busy={isLoadingNext} onClick={() => loadNext(PAGE)}>
            {t('studio:more')}
          </Button>
        </div>
      )}
    </Page>
  );
}
