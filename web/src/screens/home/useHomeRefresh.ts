import { startTransition, useMemo, useRef, useState } from "react";
import { graphql, useSubscription } from "react-relay";

import type { useHomeRefreshSubscription } from "./__generated__/useHomeRefreshSubscription.graphql";

/** At most one refresh in this time, in milliseconds: a whole album may be liked at once. */
const SETTLE_MS = 1_000;

/** A key that is another one when the library has changed, also on another device: home is asked for again with it. */
export function useHomeRefresh(): number {
  const [key, setKey] = useState(0);
  const seen = useRef<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useSubscription<useHomeRefreshSubscription>(
    useMemo(
      () => ({
        subscription: graphql`
          subscription useHomeRefreshSubscription($after: String) {
            libraryChanged(after: $after) {
              version
            }
          }
        `,
        variables: {},
        onNext: (data) => {
          const version = data?.libraryChanged.version ?? 0;
          // The first frame is the library as home has just shown it.
          const isFirst = seen.current === null;
          if (version === seen.current) return;
          seen.current = version;
          if (isFirst) return;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => startTransition(() => setKey((last) => last + 1)), SETTLE_MS);
        },
      }),
      [],
    ),
  );
  return key;
}
