import { useMemo, useRef } from 'react';
import { graphql, useSubscription } from 'react-relay';

import type { useLibraryChangesSubscription } from './__generated__/useLibraryChangesSubscription.graphql';

/** Tells of every change of the viewer's library, here or on any other device, by its version. The first call tells the version now. */
export function useLibraryChanges(onVersion: (version: number) => void): void {
  const latest = useRef(onVersion);
  latest.current = onVersion;
  useSubscription<useLibraryChangesSubscription>(
    useMemo(
      () => ({
        subscription: graphql`
          subscription useLibraryChangesSubscription($after: String) {
            libraryChanged(after: $after) {
              version
            }
          }
        `,
        variables: { after: null },
        onNext: (data) => {
          if (data) latest.current(data.libraryChanged.version);
        },
      }),
      [],
    ),
  );
}
