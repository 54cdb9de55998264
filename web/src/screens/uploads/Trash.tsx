import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, usePaginationFragment } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { MoreButton } from '../../components/controls/MoreButton';
import { PartialFailure } from '../../components/feedback/States';
import { toast } from '../../components/feedback/toasts';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { useMutate } from '../../relay/useMutate';
import type { Trash_query$key } from './__generated__/Trash_query.graphql';
import type { TrashEmptyMutation } from './__generated__/TrashEmptyMutation.graphql';
import type { TrashRestoreMutation } from './__generated__/TrashRestoreMutation.graphql';
import styles from './Uploads.module.css';

const PAGE = 50;

/** What no track keeps any more: taken back, or let go of before its time. Shown while there is something. */
export function Trash({ query }: { query: Trash_query$key }) {
  const { t } = useTranslation(['uploads', 'common']);
  const format = useFormat();
  const [isBusy, setBusy] = useState(false);
  const { data, hasNext, loadNext, isLoadingNext, refetch } = usePaginationFragment(
    graphql`
      fragment Trash_query on Query
      @refetchable(queryName: "TrashQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 50 }, after: { type: "String" }) {
        viewer {
          trash(first: $count, after: $after) @connection(key: "Trash_trash") {
            edges {
              node {
                id
                filename
                sizeBytes
                trashedUntil
              }
            }
          }
        }
      }
    `,
    query,
  );
  const [restore] = useMutate<TrashRestoreMutation>(graphql`
    mutation TrashRestoreMutation($uploadId: ID!) {
      restoreUpload(uploadId: $uploadId) {
        userErrors {
          code
        }
      }
    }
  `);
  const [empty] = useMutate<TrashEmptyMutation>(graphql`
    mutation TrashEmptyMutation($uploadIds: [ID!]) {
      emptyTrash(uploadIds: $uploadIds) {
        userErrors {
          code
        }
      }
    }
  `);
  const run = async (send: () => Promise<readonly unknown[]>, done: string) => {
    setBusy(true);
    const refusals = await send().catch(() => ['failed']);
    setBusy(false);
    if (refusals.length > 0) toast(t('common:actionFailed'), { tone: 'error' });
    else toast(done);
    refetch({ count: PAGE }, { fetchPolicy: 'store-and-network' });
  };
  const letGo = (uploadIds: readonly string[] | null) =>
    void run(async () => (await empty({ uploadIds })).emptyTrash.userErrors, t('uploads:trash.gone'));
  if (data.viewer && !data.viewer.trash)
    return (
      <PartialFailure what={t('uploads:trash.title')} onRetry={() => refetch({}, { fetchPolicy: 'network-only' })} />
    );
  const uploads = data.viewer?.trash?.edges.map(({ node }) => node) ?? [];
  if (uploads.length === 0) return null;
  return (
    <Section
      title={t('uploads:trash.title')}
      action={
        <Button size="s" busy={isBusy} onClick={() => letGo(null)}>
          {t('uploads:trash.empty')}
        </Button>
      }
    >
      <p>{t('uploads:trash.lead')}</p>
      <ul className={styles.trash}>
        {uploads.map(({ id, filename, sizeBytes, trashedUntil }) => (
          <li key={id} aria-label={filename}>
            <span dir="auto">{filename}</span>
            <span>{format.bytes(sizeBytes)}</span>
            {trashedUntil && <span>{t('uploads:trash.until', { when: format.day(trashedUntil) })}</span>}
            <Button
              size="s"
              busy={isBusy}
              onClick={() =>
                void run(
                  async () => (await restore({ uploadId: id })).restoreUpload.userErrors,
                  t('uploads:trash.restored'),
                )
              }
            >
              {t('uploads:trash.restore')}
            </Button>
            <Button size="s" variant="quiet" busy={isBusy} onClick={() => letGo([id])}>
              {t('uploads:trash.delete')}
            </Button>
          </li>
        ))}
      </ul>
      <MoreButton hasNext={hasNext} isLoadingNext={isLoadingNext} loadNext={() => loadNext(PAGE)} />
    </Section>
  );
}
