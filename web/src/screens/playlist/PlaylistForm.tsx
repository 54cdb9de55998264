import { useActionState, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { sendForm } from '../../components/controls/sendForm';
import { Select, TextArea, TextField } from '../../components/controls/TextField';
import styles from './PlaylistForm.module.css';

export type Visibility = 'PRIVATE' | 'UNLISTED' | 'PUBLIC';

export interface PlaylistDetails {
  readonly title: string;
  readonly description: string | null;
  readonly visibility: Visibility;
}

export interface PlaylistFormProps {
  readonly heading: string;
  readonly initial: PlaylistDetails;
  readonly submit: string;
  readonly onClose: () => void;
  /** Saves; gives what is wrong, in words, or null when it was done. */
  readonly onSave: (details: PlaylistDetails) => Promise<string | null>;
}

/** What a playlist is called, what it is about, and who may see it. */
export function PlaylistForm({ heading, initial, submit, onClose, onSave }: PlaylistFormProps) {
  const { t } = useTranslation(['playlists', 'common']);
  const [visibility, setVisibility] = useState<Visibility>(initial.visibility);
  const [error, save, isSaving] = useActionState(async (_: string | null, form: FormData) => {
    const description = String(form.get('description')).trim();
    return onSave({ title: String(form.get('title')).trim(), description: description || null, visibility });
  }, null);
  return (
    <Dialog title={heading} onClose={onClose}>
      <form onSubmit={sendForm(save)} className={styles.form}>
        <TextField
          label={t('playlists:title')}
          name="title"
          required
          maxLength={200}
          defaultValue={initial.title}
          error={error}
          dir="auto"
          autoComplete="off"
        />
        <TextArea
          label={t('playlists:description')}
          name="description"
          maxLength={2000}
          defaultValue={initial.description ?? ''}
          dir="auto"
        />
        <Select
          label={t('playlists:visibility')}
          value={visibility}
          options={(['PRIVATE', 'UNLISTED', 'PUBLIC'] as const).map((value) => ({
            value,
            label: t(`playlists:visibility.${value}`),
          }))}
          onChange={(value) => setVisibility(value as Visibility)}
        />
        <Button type="submit" variant="primary" busy={isSaving}>
          {submit}
        </Button>
      </form>
    </Dialog>
  );
}
