import { Link, useParams } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { MoreButton } from '../../components/controls/MoreButton';
import { EmptyState, ErrorState, ScreenSkeleton } from '../../components/feedback/States';
import { Page } from '../../components/layout/Page';
import { pageOf } from '../../relay/usePages';
import { usePagesShown } from '../../relay/usePagesShown';
import { NotFound } from '../../shell/NotFound';
import type { IssuesOfKindQuery } from './__generated__/IssuesOfKindQuery.graphql';
import { Doubles } from './Doubles';
import { Flaws } from './Flaws';
import { type IssueKind, kindOf } from './issueKinds';
import type { IssueThing } from './issueThings';
import { thingOf } from './issueThings';
import { MadeEdits } from './MadeEdits';

const query = graphql`
  query IssuesOfKindQuery($kind: CatalogIssueKind!, $first: Int!, $after: String) {
    catalogIssues(kind: $kind, first: $first, after: $after) {
      pageInfo {
        endCursor
        hasNextPage
      }
      edges {
        cursor
        node {
          missingNumbers {
            discNumber
            trackNumber
          }
          items {
            ...issueThings_item
          }
        }
      }
    }
  }
`;

/** Something that may be wrong, with the things that it is of. */
export interface Issue {
  readonly key: string;
  readonly things: readonly IssueThing[];
  readonly missing: readonly { readonly discNumber: number; readonly trackNumber: number }[];
}

const read = (data: IssuesOfKindQuery['response']) =>
  pageOf(
    data.catalogIssues,
    0,
    ({ cursor, node }): Issue => ({
      key: cursor,
      things: node.items.flatMap((item) => thingOf(item) ?? []),
      missing: node.missingNumbers,
    }),
  );

/** One kind of what may be wrong, and what puts it right. */
export default function IssuesOfKind() {
  const { kind: slug } = useParams({ strict: false }) as { kind: string };
  const kind = kindOf(slug);
  return kind ? <OfKind key={kind} kind={kind} /> : <NotFound />;
}

function OfKind({ kind }: { kind: IssueKind }) {
  const { t } = useTranslation('studio');
  const list = usePagesShown<IssuesOfKindQuery, Issue>({ query, variables: { kind }, by: 'after', read });
  const { items, refresh } = list;
  const Shown = kind.startsWith('DUPLICATE_') ? Doubles : Flaws;
  return (
    <Page title={t(`issue.${kind}`)} actions={<Link to="/studio/issues">{t('issues')}</Link>}>
      <p>{t(`issueLead.${kind}`)}</p>
      <MadeEdits onChanged={refresh} />
      {list.error !== null ? (
        <ErrorState error={list.error} onRetry={refresh} />
      ) : !list.isKnown ? (
        <ScreenSkeleton />
      ) : items.length === 0 ? (
        <EmptyState icon={CircleCheck} title={t('issues.none')}>
          {t('issues.noneBody')}
        </EmptyState>
      ) : (
        <Shown kind={kind} issues={items} onChanged={refresh} />
      )}
      <MoreButton {...list} />
    </Page>
  );
}
