import { FolderUp, type LucideIcon, Upload } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRelayEnvironment } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { addCollected, type Collected, collectInput, countedByKind } from '../../uploads';
import { useLeftOut } from './leftOut';
import styles from './Uploads.module.css';

/** How files and folders are chosen; they can be dropped anywhere on the page as well (`shell/FileDrop`). */
export function UploadPicker({ icon: Icon }: { icon: LucideIcon }) {
  const environment = useRelayEnvironment();
  const { t } = useTranslation(['uploads', 'common']);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const leftOut = useLeftOut();
  const [isReading, setReading] = useState(false);
  const take = async (input: HTMLInputElement) => {
    setReading(true);
    const collected: Collected = await collectInput([...(input.files ?? [])]);
    // The same file can be chosen again.
    input.value = '';
    leftOut.note(collected);
    await addCollected(environment, collected);
    setReading(false);
  };
  return (
    <section className={styles.picker} aria-label={t('uploads:add')}>
      <Icon size={36} strokeWidth={1.5} aria-hidden="true" />
      <p className={styles.lead}>{t('uploads:dropHere')}</p>
      <p className={styles.soft}>{t('uploads:formats')}</p>
      <div className={styles.buttons}>
        <Button variant="primary" icon={<Upload size={18} />} busy={isReading} onClick={() => files.current?.click()}>
          {t('uploads:chooseFiles')}
        </Button>
        <Button icon={<FolderUp size={18} />} busy={isReading} onClick={() => folder.current?.click()}>
          {t('uploads:chooseFolder')}
        </Button>
      </div>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label={t('uploads:chooseFiles')}
        onChange={(event) => void take(event.currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        aria-label={t('uploads:chooseFolder')}
        // Not among React's attributes.
        {...{ webkitdirectory: '' }}
        onChange={(event) => void take(event.currentTarget)}
      />
      {leftOut.names.length > 0 && (
        <details className={styles.leftOut}>
          <summary>
            {t('uploads:leftOut', { count: leftOut.names.length })} <span>{countedByKind(leftOut.names)}</span>
          </summary>
          <ul>
            {leftOut.names.slice(0, 200).map((name, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: several may have the same name
              <li key={index} dir="auto">
                {name}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
