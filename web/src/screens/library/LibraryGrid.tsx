import { Link } from '@tanstack/react-router';
import type { LucideIcon } from 'lucide-react';
import { type ReactNode, useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState, ErrorState, ScreenSkeleton } from '../../components/feedback/States';
import { VirtualGrid } from '../../components/layout/VirtualGrid';
import type { PagesView } from '../../relay/usePages';
import { useArranged } from './arrange';
import { LibraryFrame, LibraryTools, type LibraryToolsProps } from './LibraryFrame';

export interface LibraryGridProps<Kept extends { readonly key: string }, Sort extends string> {
  readonly title: string;
  readonly icon: LucideIcon;
  readonly view: PagesView<Kept>;
  /** What the filter looks into. */
  readonly words: (kept: Kept) => string;
  /** The orders that can be chosen, and which one is at first. */
  readonly sorts: LibraryToolsProps<Sort>['sorts'];
  readonly firstSort: Sort;
  /** Null: the server's order. */
  readonly comparison: (sort: Sort) => ((a: Kept, b: Kept) => number) | null;
  readonly summary: (count: number) => string;
  /** What is said of a library without any. */
  readonly none: { readonly title: string; readonly body: string };
  /** A card; null when what was kept is gone. */
  readonly card: (kept: Kept) => ReactNode | null;
}

/** A part of the library as a grid of cards that is filtered and sorted here. */
export function LibraryGrid<Kept extends { readonly key: string }, Sort extends string>(
  props: LibraryGridProps<Kept, Sort>,
) {
  const { t } = useTranslation(['library', 'common']);
  const { view, comparison, sorts, icon } = props;
  const [filter, setFilter] = useState('');
  const [sort, setSort] = useState(props.firstSort);
  const deferred = useDeferredValue(filter);
  const compare = useMemo(() => comparison(sort), [comparison, sort]);
  const shown = useArranged(view, { filter: deferred, compare, words: props.words });
  const isEmpty = view.totalCount === 0;
  return (
    <LibraryFrame
      title={props.title}
      summary={view.totalCount ? props.summary(view.totalCount) : null}
      tools={
        !isEmpty && <LibraryTools filter={filter} onFilter={setFilter} sort={sort} sorts={sorts} onSort={setSort} />
      }
    >
      {view.totalCount === null ? (
        view.error ? (
          <ErrorState error={view.error} onRetry={() => view.pages.need(0)} />
        ) : (
          <ScreenSkeleton />
        )
      ) : isEmpty ? (
        <EmptyState icon={icon} title={props.none.title} action={<Link to="/explore">{t('common:nav.explore')}</Link>}>
          {props.none.body}
        </EmptyState>
      ) : shown.items.length === 0 ? (
        <EmptyState icon={icon} title={t('library:noMatch', { filter })} />
      ) : (
        <VirtualGrid
          label={props.title}
          items={shown.items}
          totalCount={shown.totalCount}
          onNeed={view.pages.need}
          keyOf={(kept) => kept.key}
          render={(kept) => props.card(kept) ?? <p>{t('library:gone')}</p>}
        />
      )}
    </LibraryFrame>
  );
}
