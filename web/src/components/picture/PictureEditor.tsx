import { ImageUp } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Cover } from '../cards/Cover';
import { Button } from '../controls/Button';
import { toast } from '../feedback/toasts';
import styles from './PictureEditor.module.css';
import { type PictureErrors, usePictureUpload } from './usePictureUpload';

export interface PictureEditorProps {
  readonly url: string | null;
  /** What it is the picture of. */
  readonly title: string;
  readonly shape?: 'square' | 'round';
  /** The buttons' texts. */
  readonly choose: string;
  readonly remove: string;
  /** Whether there is one to take away; else whenever one is shown. */
  readonly removable?: boolean;
  /** Sets a picture that is on the server; null takes it away. Gives what is wrong. */
  readonly onSet: (imageId: string | null) => Promise<PictureErrors>;
}

/** A picture: shown, replaced by one of this device, or taken away. */
export function PictureEditor({ url, title, shape, choose, remove, removable, onSet }: PictureEditorProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [isBusy, setBusy] = useState(false);
  const send = usePictureUpload();
  const upload = async (file: File) => {
    const sent = await send(file);
    return typeof sent === 'string' ? onSet(sent) : sent;
  };
  const act = async (change: () => Promise<PictureErrors>) => {
    setBusy(true);
    const [error] = await change().catch(() => [{ message: t('actionFailed') }]);
    if (error) toast(error.message, { tone: 'error' });
    setBusy(false);
  };
  return (
    <div className={styles.picture}>
      <Cover url={url} title={title} sizes="10rem" {...(shape ? { shape } : {})} />
      <div className={styles.buttons}>
        <Button icon={<ImageUp size={18} />} busy={isBusy} onClick={() => input.current?.click()}>
          {choose}
        </Button>
        {(removable ?? url !== null) && (
          <Button variant="quiet" busy={isBusy} onClick={() => void act(() => onSet(null))}>
            {remove}
          </Button>
        )}
      </div>
      <input
        ref={input}
        type="file"
        hidden
        accept="image/jpeg,image/png,image/webp,image/gif,image/bmp"
        aria-label={choose}
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          event.currentTarget.value = '';
          if (file) void act(() => upload(file));
        }}
      />
    </div>
  );
}
