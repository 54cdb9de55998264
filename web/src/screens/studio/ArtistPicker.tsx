import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { TextField } from '../../components/controls/TextField';
import { toast } from '../../components/feedback/toasts';
import { useMutate } from '../../relay/useMutate';
import type { ArtistPickerCreateMutation } from './__generated__/ArtistPickerCreateMutation.graphql';
import type { Named } from './MergeDialog';
import styles from './Studio.module.css';
import { useFoundArtists } from './useFoundArtists';

export interface ArtistPickerProps {
  /** In their order. */
  readonly chosen: readonly Named[];
  readonly onChange: (chosen: readonly Named[]) => void;
}

/** Artists that are found by their names, or made; in the order in which they were chosen. */
export function ArtistPicker({ chosen, onChange }: ArtistPickerProps) {
  const { t } = useTranslation(['studio', 'common']);
  const [text, setText] = useState('');
  const found = useFoundArtists(text);
  const create = useCreate();
  const name = text.trim();
  const offered = found?.filter(({ id }) => !chosen.some((one) => one.id === id)) ?? [];
  const isKnown = found?.some((artist) => artist.name === name) ?? true;
  const add = (artist: Named) => {
    onChange([...chosen, artist]);
    setText('');
  };
  const make = async () => {
    const made = await create(name);
    if (typeof made === 'string') toast(made, { tone: 'error' });
    else add(made);
  };
  return (
    <div className={styles.form}>
      {chosen.length > 0 && (
        <ul className={styles.buttons} aria-label={t('studio:artists')}>
          {chosen.map((artist) => (
            <li key={artist.id}>
              <Button
                size="s"
                icon={<X size={16} />}
                aria-label={t('studio:artist.remove', { name: artist.name })}
                onClick={() => onChange(chosen.filter(({ id }) => id !== artist.id))}
              >
                {artist.name}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <TextField
        label={t('studio:artist.find')}
        type="search"
        value={text}
        maxLength={300}
        dir="auto"
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {name !== '' && found && (
        <ul className={styles.buttons}>
          {offered.map((artist) => (
            <li key={artist.id}>
              <Button size="s" onClick={() => add(artist)}>
                {artist.name}
              </Button>
            </li>
          ))}
          {!isKnown && (
            <li>
              <Button size="s" icon={<Plus size={16} />} onClick={() => void make()}>
                {t('studio:artist.new', { name })}
              </Button>
            </li>
          )}
        </ul>
      )}
    </div>
  );
}

/** Makes an artist; gives it, or why not. */
function useCreate(): (name: string) => Promise<Named | string> {
  const { t } = useTranslation();
  const [create] = useMutate<ArtistPickerCreateMutation>(graphql`
    mutation ArtistPickerCreateMutation($name: String!) {
      createArtist(input: { name: $name }) {
        artist {
          id
          name
        }
        userErrors {
          message
        }
      }
    }
  `);
  return async (name) => {
    const payload = (await create({ name }).catch(() => null))?.createArtist;
    return payload?.artist ?? payload?.userErrors[0]?.message ?? t('actionFailed');
  };
}
