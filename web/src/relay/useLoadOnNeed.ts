import { useCallback } from 'react';

/** How many entries one request brings. */
const PAGE = 100;

interface Paged {
  readonly hasNext: boolean;
  readonly isLoadingNext: boolean;
  readonly loadNext: (count: number) => unknown;
}

/** For `onNeed` of lists and grids: loads the next page of a connection when rows beyond it come into sight. */
export function useLoadOnNeed({ hasNext, isLoadingNext, loadNext }: Paged): () => void {
  return useCallback(() => {
    if (hasNext && !isLoadingNext) loadNext(PAGE);
  }, [hasNext, isLoadingNext, loadNext]);
}
