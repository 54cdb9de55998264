import { useTranslation } from 'react-i18next';

import { Page } from '../../components/layout/Page';
import { QueueActions } from './QueueActions';
import { QueueContent } from './QueueContent';

/** Screen 12: the queue as a page, for phones and links. */
export default function Queue() {
  const { t } = useTranslation();
  return (
    <Page title={t('command.queue')} actions={<QueueActions />} width="narrow">
      <QueueContent />
    </Page>
  );
}
