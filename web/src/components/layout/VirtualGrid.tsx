import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';

import { Skeleton } from '../feedback/States';
import styles from './VirtualGrid.module.css';

/** The narrowest a card may be and the space between cards, in pixels. */
const MIN_CARD_PX = 152;
const MAX_CARD_PX = 220;
const GAP_PX = 16;

export interface VirtualGridProps<T> {
  readonly label: string;
  readonly items: readonly (T | null | undefined)[];
  readonly totalCount?: number;
  /** A card that is not loaded comes into sight. */
  readonly onNeed?: (index: number) => void;
  readonly keyOf: (item: T) => string;
  readonly render: (item: T) => ReactNode;
  /** How much higher than wide a card is, in pixels: its lines of text. */
  readonly textPx?: number;
}

/** Cards in rows, any number of them: only those in sight exist. */
export function VirtualGrid<T>({ label, items, totalCount, onNeed, keyOf, render, textPx = 64 }: VirtualGridProps<T>) {
  const list = useRef<HTMLDivElement>(null);
  const { width, top } = usePlace(list);
  const count = Math.max(items.length, totalCount ?? 0);
  const perRow = Math.max(
    2,
    Math.floor((width + GAP_PX) / (Math.min(MAX_CARD_PX, Math.max(MIN_CARD_PX, width / 7)) + GAP_PX)),
  );
  const rowPx = (width - GAP_PX * (perRow - 1)) / perRow + textPx + GAP_PX;
  const virtualizer = useWindowVirtualizer({
    count: Math.ceil(count / perRow),
    estimateSize: () => rowPx,
    overscan: 2,
    scrollMargin: top,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are asked for anew when the width has changed
  useEffect(() => virtualizer.measure(), [rowPx]);
  const rows = virtualizer.getVirtualItems();
  const shown = rows.flatMap((row) =>
    Array.from({ length: Math.min(perRow, count - row.index * perRow) }, (_, column) => row.index * perRow + column),
  );
  const needed = shown.find((index) => items[index] === undefined);
  useEffect(() => {
    if (needed !== undefined) onNeed?.(needed);
  }, [needed, onNeed]);
  return (
    <div
      ref={list}
      role="list"
      aria-label={label}
      className={styles.grid}
      style={{ blockSize: virtualizer.getTotalSize() }}
    >
      {rows.map((row) => (
        <div
          key={row.key}
          role="presentation"
          className={styles.row}
          style={{
            transform: `translateY(${row.start - top}px)`,
            gridTemplateColumns: `repeat(${perRow}, minmax(0, 1fr))`,
          }}
        >
          {shown
            .filter((index) => Math.floor(index / perRow) === row.index)
            .map((index) => {
              const item = items[index];
              return (
                <div key={item ? keyOf(item) : index} role="listitem" aria-posinset={index + 1} aria-setsize={count}>
                  {item ? render(item) : <Skeleton className={styles.placeholder ?? ''} />}
                </div>
              );
            })}
        </div>
      ))}
    </div>
  );
}

function usePlace(list: React.RefObject<HTMLDivElement | null>): { width: number; top: number } {
  const [place, setPlace] = useState({ width: 1024, top: 0 });
  useLayoutEffect(() => {
    const measure = () => {
      const box = list.current?.getBoundingClientRect();
      if (!box) return;
      const top = Math.round(box.top + window.scrollY);
      setPlace((last) => (last.width === box.width && last.top === top ? last : { width: box.width, top }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    if (list.current) observer.observe(list.current);
    return () => observer.disconnect();
  }, [list]);
  return place;
}
