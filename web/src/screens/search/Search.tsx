import { useNavigate, useSearch } from '@tanstack/react-router';
import { Search as SearchIcon, SearchX } from 'lucide-react';
import { Suspense, useDeferredValue } from 'react';
import { useTranslation } from 'react-i18next';

import { Tabs } from '../../components/controls/Tabs';
import { ErrorBoundary } from '../../components/feedback/ErrorBoundary';
import { EmptyState, ErrorState, ScreenSkeleton } from '../../components/feedback/States';
import { Page } from '../../components/layout/Page';
import { AllResults } from './AllResults';
import { ResultsOfType, type SearchType } from './ResultsOfType';

const TABS = ['ALL', 'TRACK', 'ALBUM', 'ARTIST', 'PLAYLIST'] as const;

/** Screen 3: what the library has under some words. The field is in the top bar; words and kind are in the address. */
export default function Search() {
  const { t } = useTranslation('search');
  const navigate = useNavigate();
  const { q = '', type } = useSearch({ from: '/app/search' });
  // While the next letters are typed the last results stay.
  const query = useDeferredValue(q);
  const select = (id: (typeof TABS)[number]) =>
    void navigate({ to: '/search', search: { q, type: id === 'ALL' ? undefined : id }, replace: true });
  if (query === '') {
    return (
      <Page title={t('title')}>
        <EmptyState icon={SearchIcon} title={t('start.title')}>
          {t('start.body')}
        </EmptyState>
      </Page>
    );
  }
  return (
    <Page title={t('resultsFor', { query })}>
      <Tabs
        label={t('kinds')}
        tabs={TABS.map((id) => ({ id, label: t(`tab.${id}`) }))}
        selected={type ?? 'ALL'}
        onSelect={select}
      >
        <ErrorBoundary
          resetKey={`${type} ${query}`}
          fallback={(error, retry) => <ErrorState error={error} onRetry={retry} />}
        >
          <Suspense fallback={<ScreenSkeleton />} key={type ?? 'ALL'}>
            {type ? <ResultsOfType query={query} type={type satisfies SearchType} /> : <AllResults query={query} />}
          </Suspense>
        </ErrorBoundary>
      </Tabs>
    </Page>
  );
}

/** Nothing under these words. */
export function NothingFound({ query }: { query: string }) {
  const { t } = useTranslation('search');
  return (
    <EmptyState icon={SearchX} title={t('nothing.title', { query })}>
      {t('nothing.body')}
    </EmptyState>
  );
}
