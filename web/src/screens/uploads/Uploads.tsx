import { CloudUpload, Lock } from 'lucide-react';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery, useRelayEnvironment } from 'react-relay';

import { EmptyState } from '../../components/feedback/States';
import { Page } from '../../components/layout/Page';
import { besideOf, uploadsOf } from '../../uploads';
import type { UploadsQuery } from './__generated__/UploadsQuery.graphql';
import { BesideRows } from './BesideRows';
import { EarlierUploads } from './EarlierUploads';
import { Trash } from './Trash';
import { UploadPicker } from './UploadPicker';
import { UploadQueue } from './UploadQueue';

/** Screen 16: uploads, and what becomes of them. */
export default function Uploads() {
  const { t } = useTranslation(['uploads', 'common']);
  const environment = useRelayEnvironment();
  const manager = useMemo(() => uploadsOf(environment), [environment]);
  const { items, totals, isPaused } = useSyncExternalStore(manager.subscribe, manager.getSnapshot);
  const beside = useMemo(() => besideOf(environment), [environment]);
  const besideItems = useSyncExternalStore(beside.subscribe, beside.getSnapshot);
  // Counts up when uploads have left the list above, and so belong to those below.
  const [generation, setGeneration] = useState(0);
  const data = useLazyLoadQuery<UploadsQuery>(
    graphql`
      query UploadsQuery {
        viewer {
          role
        }
        ...EarlierUploads_query
        ...Trash_query
      }
    `,
    {},
    { fetchPolicy: 'store-and-network' },
  );
  useEffect(() => void manager.add([]), [manager]);
  if (data.viewer?.role === 'LISTENER') {
    return (
      <Page title={t('common:nav.uploads')}>
        <EmptyState icon={Lock} title={t('uploads:notCreator.title')}>
          {t('uploads:notCreator.body')}
        </EmptyState>
      </Page>
    );
  }
  const clear = () => {
    manager.clearFinished();
    beside.clearFinished();
    setGeneration(generation + 1);
  };
  return (
    <Page title={t('common:nav.uploads')}>
      <UploadPicker icon={CloudUpload} />
      {items.length > 0 && (
        <UploadQueue manager={manager} items={items} totals={totals} isPaused={isPaused} onClear={clear} />
      )}
      <BesideRows items={besideItems} />
      <EarlierUploads query={data} manager={manager} items={items} generation={generation} />
      <Trash query={data} />
    </Page>
  );
}
