import { useNavigate } from '@tanstack/react-router';
import { AudioLines, CornerDownLeft, Disc3, ListMusic, Search, User } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Dialog } from '../components/controls/Dialog';
import { usePlayer } from '../player/usePlayer';
import { useMayUpload } from '../session/role';
import { keysOf } from '../shortcuts/bindings';
import styles from './CommandPalette.module.css';
import { closeDialog, openDialog, togglePanel } from './dialogs';
import { Keys } from './ShortcutsDialog';
import { type Found, useQuickSearch } from './useQuickSearch';

interface Choice {
  readonly id: string;
  readonly label: string;
  readonly detail?: string | undefined;
  readonly icon: ReactNode;
  readonly keys?: string;
  readonly run: () => void;
}

const ICONS = { Track: AudioLines, Album: Disc3, Artist: User, Playlist: ListMusic } as const;

/** One field for everything: places, commands, and what the library has under these words. */
export function CommandPalette() {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const listId = useId();
  const list = useRef<HTMLUListElement>(null);
  const commands = useCommands();
  const found = useFoundChoices(text);
  const words = text.trim().toLocaleLowerCase();
  const matching = commands.filter((choice) => choice.label.toLocaleLowerCase().includes(words));
  const choices = words === '' ? commands : [...matching.slice(0, 6), ...found];
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  });
  const choose = (choice: Choice | undefined) => {
    if (!choice) return;
    closeDialog();
    choice.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setActive((at) => (at + step + choices.length) % Math.max(1, choices.length));
    else if (event.key === 'Enter') choose(choices[active]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t('command.palette')} onClose={closeDialog}>
      <input
        autoFocus
        className={styles.input}
        role="combobox"
        aria-label={t('palette.label')}
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={choices[active] ? `${listId}-${active}` : undefined}
        placeholder={t('palette.placeholder')}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={listId} role="listbox" aria-label={t('palette.label')} className={styles.list} ref={list}>
        {choices.map((choice, index) => (
          <li
            key={choice.id}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === active}
            className={styles.choice}
            onPointerMove={() => setActive(index)}
            onClick={() => choose(choice)}
          >
            {choice.icon}
            <span className={styles.label} dir="auto">
              {choice.label}
              {choice.detail && <small> {choice.detail}</small>}
            </span>
            {choice.keys && <Keys keys={choice.keys} />}
          </li>
        ))}
      </ul>
      {choices.length === 0 && <p role="status">{t('palette.nothing')}</p>}
    </Dialog>
  );
}

function useCommands(): readonly Choice[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const player = usePlayer();
  const mayUpload = useMayUpload();
  return useMemo(() => {
    const icon = <CornerDownLeft size={16} aria-hidden="true" />;
    const go = (
      id: 'goHome' | 'goLibrary' | 'goUploads' | 'goPlaylists' | 'goHistory' | 'goSettings',
      to: string,
    ): Choice => ({
      id,
      label: t(`command.${id}`),
      icon,
      keys: keysOf(id),
      run: () => void navigate({ to }),
    });
    const act = (
      id: 'playPause' | 'nextTrack' | 'previousTrack' | 'queue' | 'lyrics' | 'devices' | 'help',
      run: () => void,
    ): Choice => ({
      id,
      label: t(`command.${id}`),
      icon,
      keys: keysOf(id),
      run,
    });
    return [
      act('playPause', () => void (player?.getSnapshot().status === 'PLAYING' ? player.pause() : player?.resume())),
      act('nextTrack', () => void player?.next()),
      act('previousTrack', () => void player?.previous()),
      act('queue', () => togglePanel('queue')),
      act('lyrics', () => togglePanel('lyrics')),
      act('devices', () => togglePanel('devices')),
      go('goHome', '/'),
      go('goLibrary', '/library'),
      go('goPlaylists', '/library/playlists'),
      go('goHistory', '/history'),
      ...(mayUpload ? [go('goUploads', '/uploads')] : []),
      go('goSettings', '/settings'),
      // The help is a dialog too, which opens when this one has closed.
      act('help', () => setTimeout(() => openDialog({ kind: 'shortcuts' }))),
    ];
  }, [t, navigate, player, mayUpload]);
}

function useFoundChoices(text: string): readonly Choice[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const player = usePlayer();
  const found = useQuickSearch(text);
  const open = (item: Found) => {
    if (item.type === 'Track') void player?.playTracks([item.id]);
    else if (item.type === 'Album') void navigate({ to: '/albums/$albumId', params: { albumId: item.id } });
    else if (item.type === 'Artist') void navigate({ to: '/artists/$artistId', params: { artistId: item.id } });
    else void navigate({ to: '/playlists/$playlistId', params: { playlistId: item.id } });
  };
  const choices = found.map((item): Choice => {
    const Icon = ICONS[item.type];
    return {
      id: item.id,
      label: item.title,
      detail: [t(`kind.${item.type}`), item.detail].filter(Boolean).join(' · '),
      icon: <Icon size={16} aria-hidden="true" />,
      run: () => open(item),
    };
  });
  if (text.trim() === '') return choices;
  const all: Choice = {
    id: 'all-results',
    label: t('palette.all', { query: text.trim() }),
    icon: <Search size={16} aria-hidden="true" />,
    run: () => void navigate({ to: '/search', search: { q: text.trim() } }),
  };
  return [...choices, all];
}
