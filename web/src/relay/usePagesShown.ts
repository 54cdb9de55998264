import { useState } from 'react';
import type { OperationType } from 'relay-runtime';

import { type PagesOptions, usePages } from './usePages';

/** A list that shows what is loaded of it and goes on when somebody asks for more. */
export interface PagesShown<T> {
  readonly items: readonly T[];
  /** Whether an answer has come. */
  readonly isKnown: boolean;
  readonly hasNext: boolean;
  readonly isLoadingNext: boolean;
  /** Why nothing could be loaded; null: all is well. */
  readonly error: unknown;
  readonly loadNext: () => Promise<void>;
  /** Reads again all that is shown, also when that is more than one page. */
  readonly refresh: () => void;
}

/** `usePages` for lists with a button at their end. */
export function usePagesShown<Op extends OperationType, T>(options: PagesOptions<Op, T>): PagesShown<T> {
  const { pages, items, totalCount, error } = usePages(options);
  const [isLoadingNext, setLoading] = useState(false);
  const shown = items.filter((item) => item !== undefined);
  return {
    items: shown,
    isKnown: totalCount !== null,
    hasNext: totalCount !== null && totalCount > shown.length,
    isLoadingNext,
    error,
    loadNext: async () => {
      setLoading(true);
      await pages.ensure([shown.length]).catch(() => pages.need(shown.length));
      setLoading(false);
    },
    refresh: () => {
      pages.see(0, Math.max(0, shown.length - 1));
      void pages.refresh();
    },
  };
}
