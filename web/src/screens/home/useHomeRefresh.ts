import { startTransition, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { graphql, useSubscription } from 'react-relay';
import type { GraphQLSubscriptionConfig } from 'relay-runtime';

import type { useHomeRefreshCatalogSubscription } from './__generated__/useHomeRefreshCatalogSubscription.graphql';
import type { useHomeRefreshLibrarySubscription } from './__generated__/useHomeRefreshLibrarySubscription.graphql';

/** At most one refresh in this time, in milliseconds: a whole folder may be uploaded at once. */
const SETTLE_MS = 1_000;

const librarySubscription = graphql`
  subscription useHomeRefreshLibrarySubscription($after: String) {
    libraryChanged(after: $after) {
      version
    }
  }
`;

const catalogSubscription = graphql`
  subscription useHomeRefreshCatalogSubscription($after: String) {
    catalogChanged(after: $after) {
      cursor
      changes {
        changedId
      }
    }
  }
`;

/** A key that is another one when the library or the catalog has changed, on any device: home is asked for again with it. */
export function useHomeRefresh(): number {
  const [key, setKey] = useState(0);
  const seenVersion = useRef<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const refresh = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => startTransition(() => setKey((last) => last + 1)), SETTLE_MS);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);
  const library = useMemo(
    (): GraphQLSubscriptionConfig<useHomeRefreshLibrarySubscription> => ({
      subscription: librarySubscription,
      variables: {},
      onNext: (data) => {
        const version = data?.libraryChanged.version ?? null;
        // The first frame is the library as home has just shown it.
        if (seenVersion.current !== null && version !== seenVersion.current) refresh();
        seenVersion.current = version;
      },
    }),
    [refresh],
  );
  const catalog = useMemo(
    (): GraphQLSubscriptionConfig<useHomeRefreshCatalogSubscription> => ({
      subscription: catalogSubscription,
      variables: {},
      onNext: (data) => {
        if (data && data.catalogChanged.changes.length > 0) refresh();
      },
    }),
    [refresh],
  );
  useSubscription(library);
  useSubscription(catalog);
  return key;
}
