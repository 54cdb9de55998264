import { useEffect, useMemo } from 'react';

import type { PagesView } from '../../relay/usePages';

/** How a list is arranged: by the server, or here by comparing. */
export interface Arrangement<T> {
  /** What somebody typed, to have only what contains it. */
  readonly filter: string;
  /** Null: the order of the server. */
  readonly compare: ((a: T, b: T) => number) | null;
  /** Other conditions; null: none. */
  readonly accepts?: ((item: T) => boolean) | null;
  /** The words of an entry that the filter is looked for in. */
  readonly words: (item: T) => string;
}

const folded = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase();

/** The entries that contain every word of the filter, whatever its case and accents, in the wanted order. */
export function arranged<T>(items: readonly T[], { filter, compare, accepts, words }: Arrangement<T>): readonly T[] {
  const wanted = folded(filter).split(/\s+/).filter(Boolean);
  const kept = items.filter((item) => {
    if (accepts && !accepts(item)) return false;
    if (wanted.length === 0) return true;
    const text = folded(words(item));
    return wanted.every((word) => text.includes(word));
  });
  return compare ? [...kept].sort(compare) : kept;
}

export interface Shown<T> {
  readonly items: readonly (T | undefined)[];
  readonly totalCount: number;
  /** Whether it is the list as the server has it, so that places in it mean the same there. */
  readonly isWhole: boolean;
}

/** A list as it is to be shown. To be filtered or sorted here it is loaded whole, which goes on while the first rows show. */
export function useArranged<T>(view: PagesView<T>, arrangement: Arrangement<T>): Shown<T> {
  const { filter, compare, accepts, words } = arrangement;
  const isWhole = filter.trim() === '' && compare === null && !accepts;
  const { pages, items, totalCount } = view;
  useEffect(() => {
    void pages.wantAll(!isWhole).catch(() => {});
    return () => void pages.wantAll(false);
  }, [isWhole, pages]);
  return useMemo(() => {
    if (isWhole) return { items, totalCount: totalCount ?? items.length, isWhole };
    const loaded = items.filter((item): item is T & {} => item !== undefined);
    const shown = arranged(loaded, { filter, compare, accepts: accepts ?? null, words });
    return { items: shown, totalCount: shown.length, isWhole };
  }, [items, totalCount, isWhole, filter, compare, accepts, words]);
}

/** Compares texts as the language of the page sorts them. */
export function byText<T>(text: (item: T) => string): (a: T, b: T) => number {
  const collator = new Intl.Collator(document.documentElement.lang || 'en', { numeric: true, ignorePunctuation: true });
  return (a, b) => collator.compare(text(a), text(b));
}
