import { Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ConnectionHandler, graphql, useLazyLoadQuery, usePaginationFragment } from 'react-relay';
import { copyText } from '../../browser/copyText';
import { Button, IconButton } from '../../components/controls/Button';
import { MoreButton } from '../../components/controls/MoreButton';
import { PartialFailure } from '../../components/feedback/States';
import { toast } from '../../components/feedback/toasts';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { usePromisedMutation } from '../../relay/usePromisedMutation';
import type { Shares_query$data, Shares_query$key } from './__generated__/Shares_query.graphql';
import type { SharesDeleteMutation } from './__generated__/SharesDeleteMutation.graphql';
import type { SharesQuery } from './__generated__/SharesQuery.graphql';
import styles from './Settings.module.css';

const PAGE = 50;
const CONNECTION = 'Shares_shares';

/** The links to albums and tracks that the viewer gave away; each can be taken back. */
export default function Shares() {
  const { t } = useTranslation(['settings', 'common']);
  const data = useLazyLoadQuery<SharesQuery>(
    graphql`
      query SharesQuery {
        ...Shares_query
      }
    `,
    {},
    { fetchPolicy: 'store-and-network' },
  );
  return (
    <Section title={t('settings:section.shares')}>
      <p>{t('settings:sharesLead')}</p>
      <Links query={data} />
    </Section>
  );
}

function Links({ query }: { query: Shares_query$key }) {
  const { t } = useTranslation(['settings', 'common']);
  const { data, hasNext, isLoadingNext, loadNext, refetch } = usePaginationFragment(
    graphql`
      fragment Shares_query on Query
      @refetchable(queryName: "SharesPageQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 50 }, after: { type: "String" }) {
        viewer {
          id
          shares(first: $count, after: $after) @connection(key: "Shares_shares") {
            edges {
              node {
                id
                token
                expiresAt
                album {
                  title
                }
                tracks {
                  id
                  title
                }
              }
            }
          }
        }
      }
    `,
    query,
  );
  const { viewer } = data;
  if (viewer && !viewer.shares)
    return <PartialFailure what={t('settings:section.shares')} onRetry={() => refetch({})} />;
  const links = viewer?.shares?.edges.map(({ node }) => node) ?? [];
  if (!viewer || links.length === 0) return <p>{t('settings:noShares')}</p>;
  return (
    <>
      <ul className={styles.list}>
        {links.map((share) => (
          <Link key={share.id} share={share} viewerId={viewer.id} />
        ))}
      </ul>
      <MoreButton hasNext={hasNext} isLoadingNext={isLoadingNext} loadNext={() => loadNext(PAGE)} />
    </>
  );
}

type Shown = NonNullable<NonNullable<Shares_query$data['viewer']>['shares']>['edges'][number]['node'];

function Link({ share, viewerId }: { share: Shown; viewerId: string }) {
  const { t } = useTranslation(['settings', 'common']);
  const format = useFormat();
  const commit = usePromisedMutation<SharesDeleteMutation>(graphql`
    mutation SharesDeleteMutation($id: ID!) {
      deleteShare(id: $id) {
        ok
        userErrors {
          code
        }
      }
    }
  `);
  const [first, ...others] = share.tracks;
  const title =
    share.album?.title ??
    (others.length > 0 ? t('common:trackCount', { count: share.tracks.length }) : first?.title) ??
    t('settings:shareGone');
  const remove = async () => {
    const answer = await commit({
      variables: { id: share.id },
      updater: (store, done) => {
        // What is gone already goes from the list, too.
        const isGone = done?.deleteShare.userErrors.every(({ code }) => code === 'NOT_FOUND');
        const viewer = store.get(viewerId);
        const connection = viewer && ConnectionHandler.getConnection(viewer, CONNECTION);
        if (isGone && connection) ConnectionHandler.deleteNode(connection, share.id);
      },
    });
    toast(answer ? t('settings:shareRemoved') : t('common:actionFailed'), answer ? {} : { tone: 'error' });
  };
  const copy = async () => {
    const isCopied = await copyText(`${location.origin}/s/m/${share.token}`);
    toast(t(isCopied ? 'common:copied' : 'common:actionFailed'), isCopied ? {} : { tone: 'error' });
  };
  return (
    <li className={styles.item} aria-label={title}>
      <div className={styles.what}>
        <p className={styles.name} dir="auto">
          {title}
        </p>
        <p className={styles.soft}>{t('settings:shareUntil', { when: format.dateTime(share.expiresAt) })}</p>
      </div>
      <IconButton label={t('settings:copyShare', { title })} icon={<Copy size={18} />} onClick={() => void copy()} />
      <Button size="s" aria-label={t('settings:removeShare', { title })} onClick={() => void remove()}>
        {t('common:removeFromList')}
      </Button>
    </li>
  );
}
