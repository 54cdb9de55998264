import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { EmptyState } from '../components/feedback/States';
import { useTitle } from '../components/layout/Page';

/** No such page, or nothing that the viewer may see. */
export function NotFound() {
  const { t } = useTranslation();
  useTitle(t('notFound.title'));
  return (
    <EmptyState
      icon={Compass}
      heading="h1"
      title={t('notFound.title')}
      action={<Link to="/">{t('notFound.home')}</Link>}
    >
      {t('notFound.body')}
    </EmptyState>
  );
}
