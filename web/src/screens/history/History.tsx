import { Clock, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { ConfirmDialog } from '../../components/controls/ConfirmDialog';
import { EmptyState, ErrorState, ScreenSkeleton } from '../../components/feedback/States';
import { toast } from '../../components/feedback/toasts';
import { Page } from '../../components/layout/Page';
import { type ListedTrack, TrackList } from '../../components/tracks/TrackList';
import { useFormat } from '../../i18n/useFormat';
import type { Pages } from '../../relay/pages';
import { useLibraryChanges } from '../../relay/useLibraryChanges';
import { pageOf, usePages } from '../../relay/usePages';
import { usePromisedMutation } from '../../relay/usePromisedMutation';
import type { HistoryClearMutation } from './__generated__/HistoryClearMutation.graphql';
import type { HistoryPlaysQuery } from './__generated__/HistoryPlaysQuery.graphql';
import type { HistoryRemoveMutation } from './__generated__/HistoryRemoveMutation.graphql';

const query = graphql`
  query HistoryPlaysQuery($first: Int!, $after: String) {
    viewer {
      library {
        version
        history(first: $first, after: $after) {
          pageInfo {
            endCursor
            hasNextPage
          }
          edges {
            id
            playedAt
            deviceName
            node {
              id
              ...TrackRow_track
            }
          }
        }
      }
    }
  }
`;

interface Played extends ListedTrack {
  readonly playedAt: string;
  readonly deviceName: string | null;
}

function read(data: HistoryPlaysQuery['response']) {
  const library = data.viewer?.library;
  return pageOf(
    library?.history,
    library?.version,
    ({ id, playedAt, deviceName, node }): Played => ({
      key: id,
      id: node?.id ?? null,
      track: node,
      playedAt,
      deviceName: deviceName ?? null,
    }),
  );
}

const NO_VARIABLES = {};

/** How many plays one request may remove. */
const BATCH = 500;

/** Screen 9: what the viewer listened to, on whatever device; the latest first. */
export default function History() {
  const { t } = useTranslation(['library', 'common']);
  const format = useFormat();
  const view = usePages<HistoryPlaysQuery, Played>({ query, variables: NO_VARIABLES, by: 'after', read });
  const { pages, items, totalCount, error } = view;
  useLibraryChanges(pages.seen);
  const [isClearing, setClearing] = useState(false);
  const clear = useClear();
  const remove = useRemove(pages);
  const when = (index: number) => {
    const played = items[index];
    if (!played) return null;
    const text = format.relative(played.playedAt);
    return (
      <time dateTime={played.playedAt} title={format.dateTime(played.playedAt)}>
        {played.deviceName ? t('library:playedOn', { when: text, device: played.deviceName }) : text}
      </time>
    );
  };
  const isEmpty = totalCount === 0;
  return (
    <Page
      title={t('common:nav.history')}
      actions={
        !isEmpty && (
          <Button icon={<Trash2 size={18} />} onClick={() => setClearing(true)}>
            {t('library:clearHistory')}
          </Button>
        )
      }
    >
      {totalCount === null ? (
        error ? (
          <ErrorState error={error} onRetry={() => pages.need(0)} />
        ) : (
          <ScreenSkeleton />
        )
      ) : isEmpty ? (
        <EmptyState icon={Clock} title={t('library:noHistory.title')}>
          {t('library:noHistory.body')}
        </EmptyState>
      ) : (
        <TrackList
          label={t('common:nav.history')}
          items={items}
          totalCount={totalCount}
          columns={{ cover: true, album: true }}
          extra={when}
          onNeed={pages.need}
          onSee={pages.see}
          onRemove={(indexes) => void remove(indexes)}
        />
      )}
      {isClearing && (
        <ConfirmDialog
          title={t('library:clearHistory')}
          body={t('library:clearHistoryBody')}
          confirm={t('library:clearHistory')}
          onClose={() => setClearing(false)}
          onConfirm={async () => {
            if (await clear()) await pages.refresh();
          }}
        />
      )}
    </Page>
  );
}

/** Takes plays out of the history. They are gone at once, and come back when the server refuses. */
function useRemove(pages: Pages<Played>): (indexes: readonly number[]) => Promise<void> {
  const { t } = useTranslation(['library', 'common']);
  const commit = usePromisedMutation<HistoryRemoveMutation>(graphql`
    mutation HistoryRemoveMutation($ids: [ID!]!) {
      removeFromHistory(ids: $ids) {
        library {
          id
          version
        }
        userErrors {
          message
        }
      }
    }
  `);
  return async (indexes) => {
    await pages.ensure(indexes);
    const keys = indexes.flatMap((index) => pages.items[index]?.key ?? []);
    for (let from = 0; from < keys.length; from += BATCH) {
      const batch = new Set(keys.slice(from, from + BATCH));
      const change = (items: (Played | undefined)[]) =>
        void items.splice(0, items.length, ...items.filter((item) => !batch.has(item?.key ?? '')));
      const done = await pages.edit(change, async () => {
        const payload = (await commit({ variables: { ids: [...batch] } }))?.removeFromHistory;
        return payload?.library && payload.userErrors.length === 0 ? payload.library.version : null;
      });
      if (!done) return toast(t('common:actionFailed'), { tone: 'error' });
    }
    toast(t('library:playsRemoved', { count: keys.length }));
  };
}

function useClear(): () => Promise<boolean> {
  const { t } = useTranslation();
  const commit = usePromisedMutation<HistoryClearMutation>(graphql`
    mutation HistoryClearMutation {
      clearHistory {
        userErrors {
          message
        }
      }
    }
  `);
  return async () => {
    const data = await commit({ variables: {} });
    const done = data?.clearHistory.userErrors.length === 0;
    if (!done) toast(t('actionFailed'), { tone: 'error' });
    return done;
  };
}
