import { Link2Off } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { EmptyState } from '../../components/feedback/States';
import { Page } from '../../components/layout/Page';
import { LinkButton } from './LinkButton';

/** In place of what a link led to that leads nowhere any more. */
export function Expired() {
  const { t } = useTranslation(['playlists', 'common']);
  return (
    <Page
      title={t('playlists:expired.title')}
      header={<h1 className="visually-hidden">{t('playlists:expired.title')}</h1>}
    >
      <EmptyState
        icon={Link2Off}
        title={t('playlists:expired.title')}
        action={<LinkButton to="/">{t('common:notFound.home')}</LinkButton>}
      >
        {t('playlists:expired.body')}
      </EmptyState>
    </Page>
  );
}
