import { CloudDownload, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { ConfirmDialog } from '../../components/controls/ConfirmDialog';
import { EmptyState, ScreenSkeleton } from '../../components/feedback/States';
import { Page, Section } from '../../components/layout/Page';
import { PlayActions } from '../../components/tracks/PlayActions';
import { useOffline } from '../../offline/useOffline';
import { Downloads } from './Downloads';
import { groupByAlbum } from './groups';
import styles from './Offline.module.css';
import { SavedGroup } from './SavedGroup';
import { StorageMeter } from './StorageMeter';

/** Screen 18: what plays without a network, what is on its way, and how much room it takes. */
export default function Offline() {
  const { t } = useTranslation(['offline', 'common']);
  const offline = useOffline();
  const [isClearing, setClearing] = useState(false);
  if (!offline)
    return <Page title={t('common:nav.offline')}>{'caches' in globalThis ? <ScreenSkeleton /> : <NoStorage />}</Page>;
  const { state, downloads } = offline;
  const groups = groupByAlbum(state.tracks);
  const order = groups.flatMap(({ tracks }) => tracks.map(({ trackId }) => trackId));
  const clear = (
    <Button variant="quiet" icon={<Trash2 size={16} />} onClick={() => setClearing(true)}>
      {t('offline:removeAll')}
    </Button>
  );
  return (
    <Page title={t('common:nav.offline')} actions={order.length > 0 && clear}>
      <StorageMeter state={state} />
      <Downloads state={state} downloads={downloads} />
      {order.length === 0 ? (
        <EmptyState icon={CloudDownload} title={t('offline:empty.title')}>
          {t('offline:empty.body')}
        </EmptyState>
      ) : (
        <Section title={t('offline:saved', { count: order.length })}>
          <div className={styles.actions}>
            <PlayActions context={{ kind: 'TRACKS', trackIds: order }} />
          </div>
          {groups.map((group) => (
            <SavedGroup key={group.id} group={group} order={order} downloads={downloads} />
          ))}
        </Section>
      )}
      {isClearing && (
        <ConfirmDialog
          title={t('offline:removeAll')}
          body={t('offline:removeAllBody', { count: order.length })}
          confirm={t('offline:removeAll')}
          onClose={() => setClearing(false)}
          onConfirm={() => downloads.remove(order)}
        />
      )}
    </Page>
  );
}

/** Pages without TLS may store nothing. */
function NoStorage() {
  const { t } = useTranslation('offline');
  return (
    <EmptyState icon={CloudDownload} title={t('insecure.title')}>
      {t('insecure.body')}
    </EmptyState>
  );
}
