import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../components/controls/Button';
import { Dialog } from '../components/controls/Dialog';
import { Switch } from '../components/controls/TextField';
import { setPreferences, usePreferences } from '../preferences/preferences';
import { bind, keysOf, resetBindings, shownKeys, useBindings } from '../shortcuts/bindings';
import { COMMAND_IDS, COMMANDS, type CommandId, LIST_KEYS } from '../shortcuts/commands';
import { recordedKeys } from '../shortcuts/recordedKeys';
import { closeDialog } from './dialogs';
import styles from './ShortcutsDialog.module.css';

const GROUPS = ['playback', 'views', 'go'] as const;

/** All keys with what they do; a press on one gives it other keys. */
export function ShortcutsDialog() {
  const { t } = useTranslation();
  return (
    <Dialog
      title={t('shortcuts.title')}
      size="l"
      onClose={closeDialog}
      actions={<Button onClick={resetBindings}>{t('shortcuts.reset')}</Button>}
    >
      <Shortcuts />
    </Dialog>
  );
}

/** The list itself, also for the settings. */
export function Shortcuts() {
  const { t } = useTranslation();
  const bindings = useBindings();
  const hasLetters = usePreferences((preferences) => preferences.letterShortcuts);
  const [recording, setRecording] = useState<CommandId | null>(null);
  return (
    <div className={styles.columns}>
      <p className={styles.hint}>{t('shortcuts.hint')}</p>
      <Switch
        label={t('shortcuts.letters')}
        hint={t('shortcuts.lettersHint')}
        checked={hasLetters}
        onChange={(letterShortcuts) => setPreferences({ letterShortcuts })}
      />
      {GROUPS.map((group) => (
        <section key={group} aria-label={t(`shortcuts.group.${group}`)}>
          <h3>{t(`shortcuts.group.${group}`)}</h3>
          <ul>
            {COMMAND_IDS.filter((id) => COMMANDS[id].group === group).map((id) => (
              <li key={id} className={styles.row}>
                <span>{t(`command.${id}`)}</span>
                <KeysButton
                  id={id}
                  keys={keysOf(id, bindings)}
                  isRecording={recording === id}
                  onRecord={setRecording}
                />
              </li>
            ))}
          </ul>
        </section>
      ))}
      <section aria-label={t('shortcuts.group.lists')}>
        <h3>{t('shortcuts.group.lists')}</h3>
        <ul>
          {LIST_KEYS.map(({ id, keys }) => (
            <li key={id} className={styles.row}>
              <span>{t(`listKey.${id}`)}</span>
              <Keys keys={keys} />
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

/** Keys as people read them. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className={styles.keys}>
      {shownKeys(keys).map((key, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same key may stand twice
        <kbd key={index}>{key}</kbd>
      ))}
    </span>
  );
}

interface KeysButtonProps {
  readonly id: CommandId;
  readonly keys: string;
  readonly isRecording: boolean;
  readonly onRecord: (id: CommandId | null) => void;
}

function KeysButton({ id, keys, isRecording, onRecord }: KeysButtonProps) {
  const { t } = useTranslation();
  useEffect(() => {
    if (!isRecording) return;
    const listen = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopPropagation();
      if (event.key === 'Escape') return onRecord(null);
      const pressed = event.key === 'Backspace' ? '' : recordedKeys(event);
      if (pressed === null) return;
      bind(id, pressed);
      onRecord(null);
    };
    addEventListener('keydown', listen, { capture: true });
    return () => removeEventListener('keydown', listen, { capture: true });
  }, [id, isRecording, onRecord]);
  const text = keys === '' ? t('shortcuts.none') : shownKeys(keys).join(' ');
  return (
    <button
      type="button"
      className={styles.keysButton}
      aria-label={t('shortcuts.change', { command: t(`command.${id}`), keys: text })}
      onClick={() => onRecord(isRecording ? null : id)}
    >
      {isRecording ? (
        <em>{t('shortcuts.press')}</em>
      ) : keys === '' ? (
        <em>{t('shortcuts.none')}</em>
      ) : (
        <Keys keys={keys} />
      )}
    </button>
  );
}
