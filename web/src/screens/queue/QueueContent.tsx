import { Link } from '@tanstack/react-router';
import { ListMusic } from 'lucide-react';
import { type FocusEvent, type KeyboardEvent, useEffect, useReducer, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import { EmptyState } from '../../components/feedback/States';
import { PlayingFrom } from '../../components/playing/PlayingFrom';
import { onListKey, rowsConcerned } from '../../components/tracks/listKeys';
import { focusedRow, NO_SELECTION, selectionReducer } from '../../components/tracks/selection';
import { useRowDrag } from '../../components/tracks/useRowDrag';
import { useTrackActions } from '../../components/tracks/useTrackActions';
import { useFormat } from '../../i18n/useFormat';
import { usePlayer, usePlayerState } from '../../player/usePlayer';
import styles from './Queue.module.css';
import { QueueRow } from './QueueRow';
import { useQueueEdits } from './useQueueEdits';

/** The entries around what plays: played, moved by dragging or by keys, removed. */
export function QueueContent() {
  const { t } = useTranslation(['player', 'common']);
  const format = useFormat();
  const player = usePlayer();
  const actions = useTrackActions();
  const queue = usePlayerState((state) => state.queue);
  const { entries, offset, totalCount, currentIndex } = queue;
  const [selection, dispatch] = useReducer(selectionReducer, {
    ...NO_SELECTION,
    active: Math.max(0, (currentIndex ?? 0) - offset),
  });
  const grid = useRef<HTMLDivElement>(null);
  const edits = useQueueEdits(entries, dispatch);
  const rowsAt = (index: number) => rowsConcerned({ ...selection, active: index });
  const rowRef = useRowDrag(rowsAt, edits.move);
  const focusActive = useActiveFocus(grid, selection.active);
  useCurrentInSight(grid, currentIndex === null ? null : currentIndex - offset);
  if (totalCount === 0) {
    return (
      <EmptyState
        icon={ListMusic}
        title={t('player:queue.empty.title')}
        action={<Link to="/explore">{t('common:nav.explore')}</Link>}
      >
        {t('player:queue.empty.body')}
      </EmptyState>
    );
  }
  const idsOf = (indexes: readonly number[]) => indexes.flatMap((index) => entries[index]?.track?.id ?? []);
  const play = (index: number) => void (entries[index] && player?.playItem(entries[index].itemId));
  const onKeyDown = (event: KeyboardEvent) => {
    focusActive();
    onListKey(event, {
      count: entries.length,
      selection,
      dispatch,
      play,
      playNext: (indexes) => void actions.playNext(idsOf(indexes)),
      enqueue: (indexes) => void actions.enqueue(idsOf(indexes)),
      remove: edits.remove,
      move: edits.step,
    });
  };
  const onFocus = (event: FocusEvent) => {
    const index = focusedRow(event);
    if (index !== null) dispatch({ kind: 'focus', at: index });
  };
  const before = offset;
  const behind = totalCount - offset - entries.length;
  const leftMs = entries
    .slice(Math.max(0, (currentIndex ?? 0) - offset))
    .reduce((sum, { track }) => sum + (track?.durationMs ?? 0), 0);
  return (
    <div>
      <p className={styles.summary}>
        {t('common:trackCount', { count: totalCount })}
        {behind === 0 && leftMs > 0 && ` · ${t('player:queue.left', { time: format.duration(leftMs) })}`}
      </p>
      <PlayingFrom />
      {before > 0 && <p className={styles.more}>{t('player:queue.before', { count: before })}</p>}
      <div
        role="grid"
        aria-label={t('common:command.queue')}
        aria-rowcount={totalCount}
        aria-multiselectable="true"
        className={styles.grid}
        ref={grid}
        onKeyDown={onKeyDown}
        onFocus={onFocus}
      >
        {entries.map((entry, index) => (
          <QueueRow
            key={entry.itemId}
            entry={entry}
            index={index}
            position={offset + index}
            currentIndex={currentIndex}
            isActive={index === selection.active}
            isSelected={selection.selected.has(index)}
            rowRef={rowRef}
            onPlay={() => play(index)}
            onClick={(event) => {
              if (event.shiftKey) dispatch({ kind: 'move', to: index, extend: true });
              else if (event.ctrlKey || event.metaKey) dispatch({ kind: 'toggle', at: index });
              else dispatch({ kind: 'move', to: index, extend: false });
            }}
            edits={edits}
            rows={() => rowsAt(index)}
            ids={() => idsOf(rowsAt(index))}
          />
        ))}
      </div>
      {behind > 0 && <p className={styles.more}>{t('player:queue.behind', { count: behind })}</p>}
    </div>
  );
}

/** The focus follows the active row when a key moved it. */
function useActiveFocus(grid: React.RefObject<HTMLDivElement | null>, active: number): () => void {
  const follows = useRef(false);
  useEffect(() => {
    if (!follows.current) return;
    follows.current = false;
    grid.current?.querySelector<HTMLElement>(`[data-index="${active}"]`)?.focus();
  }, [active, grid]);
  return () => {
    follows.current = true;
  };
}

/** What plays is in sight when the queue opens. */
function useCurrentInSight(grid: React.RefObject<HTMLDivElement | null>, index: number | null): void {
  const isDone = useRef(false);
  useEffect(() => {
    if (isDone.current || index === null) return;
    isDone.current = true;
    grid.current?.querySelector(`[data-index="${index}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [grid, index]);
}
