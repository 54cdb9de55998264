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

/**
 * The key of the next question. It outlives the screen: with the key of an earlier visit Relay may show that visit's answer, and
 * ask nobody. It does not begin in the screen either, which is begun anew while it waits for its answer.
 */
let nextKey = 0;

/** A key that is another one at each visit, and when the library or the catalog has changed, on any device: home is asked for again with it. */
export function useHomeRefresh(): number {
  const [key, setKey] = useState(nextKey);
  const seenVersion = useRef<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const refresh = useCallback(() => {
    // One that is under way is let be: changes that come all the time would put it off for ever.
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      nextKey += 1;
      startTransition(() => setKey(nextKey));
    }, SETTLE_MS);
  }, []);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
      nextKey += 1;
    },
    [],
  );
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
