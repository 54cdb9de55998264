import { useWindowVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from 'react';
import { useTranslation } from 'react-i18next';
import type { PlayContext, PlaySource } from '../../player/types';
import { usePlayer } from '../../player/usePlayer';
import { classes } from '../classes';
import type { MenuSection } from '../controls/Menu';
import { Skeleton } from '../feedback/States';
import type { TrackRow_track$data, TrackRow_track$key } from './__generated__/TrackRow_track.graphql';
import { onListKey, rowsConcerned } from './listKeys';
import { SelectionBar } from './SelectionBar';
import { focusedRow, NO_SELECTION, selectionReducer, stepTarget } from './selection';
import styles from './TrackList.module.css';
import { type TrackColumns, TrackRow } from './TrackRow';
import { useRowDrag } from './useRowDrag';
import { useTrackActions } from './useTrackActions';
import { useTrackMenu } from './useTrackMenu';

/** The height of a row until it is measured, in pixels; rows are all alike. */
const ROW_PX = 56;
/** Rows beyond either end of what is in sight. A jump renders all anew, and each row costs. */
const OVERSCAN = 4;

/** A track at its place. `track` is null for one that is gone or whose service did not answer. */
export interface ListedTrack {
  /** The key of the row: the item's id where a track may stand in the list twice. */
  readonly key: string;
  readonly id: string | null;
  readonly track: TrackRow_track$key | null | undefined;
}

export interface TrackListProps {
  /** The list's accessible name. */
  readonly label: string;
  /** Those that are loaded, from the list's beginning; a hole is a row that is not loaded yet. */
  readonly items: readonly (ListedTrack | undefined)[];
  /** How many the whole list has; more than `items` shows the others as being loaded. */
  readonly totalCount?: number;
  /** A row that is not loaded comes into sight: load what is at this index. */
  readonly onNeed?: (index: number) => void;
  readonly columns?: TrackColumns;
  /** What a row plays: the context from this row on. Without it the tracks of the list themselves. */
  readonly context?: PlayContext;
  /** What the tracks of the list come from, where there is no `context`. */
  readonly source?: PlaySource;
  /** One more column. */
  readonly extra?: (index: number) => ReactNode;
  /** More actions of a row, below the usual ones. */
  readonly rowMenu?: (track: TrackRow_track$data, index: number) => readonly MenuSection[];
  readonly onRemove?: ((indexes: readonly number[]) => void) | undefined;
  /** Moves rows before the one at `before`, or behind the last one: by Alt with arrows, by the menu, or by dragging. */
  readonly onMove?: ((indexes: readonly number[], before: number) => void) | undefined;
  /** Asks where to: a position is far away for arrow keys. */
  readonly onMoveTo?: ((indexes: readonly number[]) => void) | undefined;
  /** Which rows are in sight. */
  readonly onSee?: (first: number, last: number) => void;
}

/** A list of tracks of any length: only the rows in sight exist. Played, selected and changed by mouse, touch and keyboard. */
export function TrackList(props: TrackListProps) {
  const { label, items, onNeed, onSee, context, source, onRemove } = props;
  const columns = useSameColumns(props.columns);
  const count = Math.max(items.length, props.totalCount ?? 0);
  const grid = useRef<HTMLDivElement>(null);
  const [selection, dispatch] = useReducer(selectionReducer, NO_SELECTION);
  const player = usePlayer();
  const actions = useTrackActions();
  const scrollMargin = useScrollMargin(grid);
  const virtualizer = useWindowVirtualizer({ count, estimateSize: () => ROW_PX, overscan: OVERSCAN, scrollMargin });
  const rows = virtualizer.getVirtualItems();

  const idsOf = useCallback(
    (indexes: readonly number[]) => indexes.flatMap((index) => items[index]?.id ?? []),
    [items],
  );
  const play = (index: number) => {
    const item = items[index];
    const itemId = item?.key.startsWith('pli_') ? item.key : undefined;
    if (context) return void player?.play(context, { index, trackId: item?.id ?? null, itemId });
    const ids = items.flatMap((item) => item?.id ?? []);
    void player?.playTracks(ids, Math.max(0, ids.indexOf(item?.id ?? '')), source);
  };
  const click = useCallback((index: number, event: MouseEvent) => {
    if (event.shiftKey) dispatch({ kind: 'move', to: index, extend: true });
    else if (event.ctrlKey || event.metaKey) dispatch({ kind: 'toggle', at: index });
    else dispatch({ kind: 'move', to: index, extend: false });
  }, []);

  const rowsAt = (index: number) => rowsConcerned({ ...selection, active: index });
  const { onMove } = props;
  const move =
    onMove &&
    ((moved: readonly number[], before: number) => {
      onMove(moved, before);
      dispatch({ kind: 'moved', rows: moved, before });
    });
  const step =
    move &&
    ((moved: readonly number[], by: -1 | 1) => {
      const before = stepTarget(moved, by);
      if (before >= 0 && before <= count) move(moved, before);
    });
  const rowRef = useRowDrag(rowsAt, move);
  useNeed(
    rows.map((row) => row.index),
    items,
    onNeed,
  );
  const [first, last] = [rows[0]?.index ?? 0, rows.at(-1)?.index ?? 0];
  useEffect(() => onSee?.(first, last), [first, last, onSee]);
  // By Tab the list is entered where the focus was; where that row is out of sight, at the first one that is there.
  const entry = selection.active >= first && selection.active <= last ? selection.active : first;
  const keep = useFocusFollowing(grid, selection.active, (index) =>
    virtualizer.scrollToIndex(index, { align: 'auto' }),
  );
  const onKeyDown = (event: KeyboardEvent) => {
    keep();
    onListKey(event, {
      count,
      selection,
      dispatch,
      play,
      playNext: (indexes) => void actions.playNext(idsOf(indexes)),
      enqueue: (indexes) => void actions.enqueue(idsOf(indexes)),
      remove: onRemove,
      move: step,
    });
  };
  const menu = useTrackMenu({ rowsAt, idsOf, extend: props.rowMenu, onRemove, onMove: step, onMoveTo: props.onMoveTo });
  // Rows that stay are not rendered again while the list scrolls or is loaded: what they get is the same each time.
  const { extra } = props;
  const newest = useRef({ menu, play, extra });
  newest.current = { menu, play, extra };
  const menuOf = useCallback((track: TrackRow_track$data, index: number) => newest.current.menu(track, index), []);
  const extraOf = useCallback((index: number) => newest.current.extra?.(index), []);
  const playAt = useCallback((index: number) => newest.current.play(index), []);
  return (
    <>
      <div
        role="grid"
        aria-label={label}
        aria-rowcount={count}
        aria-multiselectable="true"
        className={classes(
          styles.list,
          columns.cover && styles.withCover,
          columns.number && styles.withNumber,
          columns.album && styles.withAlbum,
          extra && styles.withExtra,
        )}
        ref={grid}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          const index = focusedRow(event);
          if (index !== null) dispatch({ kind: 'focus', at: index });
        }}
      >
        <div role="rowgroup" className={styles.rows} style={{ blockSize: virtualizer.getTotalSize() }}>
          {rows.map((row) => {
            const item = items[row.index];
            const top = row.start - scrollMargin;
            const isEntry = row.index === entry;
            if (!item?.track)
              return (
                <MissingRow key={row.key} index={row.index} top={top} isEntry={isEntry} isGone={item !== undefined} />
              );
            return (
              <TrackRow
                key={item.key}
                item={item}
                track={item.track}
                index={row.index}
                top={top}
                columns={columns}
                isActive={isEntry}
                isSelected={selection.selected.has(row.index)}
                extra={extra && extraOf}
                rowRef={rowRef}
                onPlay={playAt}
                onClick={click}
                menu={menuOf}
              />
            );
          })}
        </div>
      </div>
      <SelectionBar
        count={selection.selected.size}
        ids={() => idsOf([...selection.selected])}
        onClear={() => dispatch({ kind: 'none' })}
        onRemove={
          onRemove &&
          (() => {
            onRemove([...selection.selected].sort((a, b) => a - b));
            dispatch({ kind: 'none' });
          })
        }
      />
    </>
  );
}

/** The same object while the columns are the same: screens write them where they are used. */
function useSameColumns(columns: TrackColumns = {}): TrackColumns {
  const { number, disc, cover, artists, album } = columns;
  // biome-ignore lint/correctness/useExhaustiveDependencies: of the object what is in it matters
  return useMemo(() => columns, [number, disc, cover, artists, album]);
}

interface MissingRowProps {
  readonly index: number;
  readonly top: number;
  /** Whether Tab leads here. */
  readonly isEntry: boolean;
  readonly isGone: boolean;
}

/** A row without a track: not loaded yet, or gone. */
function MissingRow({ index, top, isEntry, isGone }: MissingRowProps) {
  const { t } = useTranslation();
  return (
    <div
      role="row"
      aria-rowindex={index + 1}
      className={styles.row}
      style={{ transform: `translateY(${top}px)` }}
      tabIndex={isEntry ? 0 : -1}
      data-index={index}
      data-unplayable="true"
    >
      <div role="gridcell" className={styles.lead} />
      <div role="gridcell" className={styles.main}>
        {isGone ? (
          <span className={styles.sub}>{t('trackGone')}</span>
        ) : (
          <Skeleton className={styles.placeholder ?? ''} />
        )}
      </div>
    </div>
  );
}

/** How far the list is below the top of the document; what is above it may change its height. */
function useScrollMargin(grid: React.RefObject<HTMLDivElement | null>): number {
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      const top = grid.current?.getBoundingClientRect().top;
      if (top !== undefined) setMargin(Math.round(top + window.scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [grid]);
  return margin;
}

/** Tells of rows in sight that are not loaded. */
function useNeed(
  visible: readonly number[],
  items: readonly unknown[],
  onNeed: ((index: number) => void) | undefined,
): void {
  const needed = visible.find((index) => items[index] === undefined);
  useEffect(() => {
    if (needed !== undefined) onNeed?.(needed);
  }, [needed, onNeed]);
}

/** The focus goes with the active row when it is moved by a key, also to rows that do not exist yet. */
function useFocusFollowing(
  grid: React.RefObject<HTMLDivElement | null>,
  active: number,
  reveal: (index: number) => void,
) {
  const follows = useRef(false);
  const revealRef = useRef(reveal);
  revealRef.current = reveal;
  useEffect(() => {
    if (!follows.current) return;
    follows.current = false;
    revealRef.current(active);
    const frame = requestAnimationFrame(() =>
      grid.current?.querySelector<HTMLElement>(`[data-index="${active}"]`)?.focus(),
    );
    return () => cancelAnimationFrame(frame);
  }, [active, grid]);
  return () => {
    follows.current = true;
  };
}
