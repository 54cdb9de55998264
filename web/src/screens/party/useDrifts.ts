import { useEffect, useState } from 'react';
import { graphql, requestSubscription, useRelayEnvironment } from 'react-relay';

import type { useDriftsSubscription } from './__generated__/useDriftsSubscription.graphql';

/** How far ahead of the party each person plays, ms, as their own players say it, by their ids. */
export function useDrifts(sessionId: string): ReadonlyMap<string, number> {
  const environment = useRelayEnvironment();
  const [drifts, setDrifts] = useState<ReadonlyMap<string, number>>(new Map());
  useEffect(() => {
    const subscription = requestSubscription<useDriftsSubscription>(environment, {
      subscription: graphql`
        subscription useDriftsSubscription($id: ID!) {
          listeningSessionDrifts(id: $id) {
            driftMs
            user {
              id
            }
          }
        }
      `,
      variables: { id: sessionId },
      onNext: (data) => {
        const all = data?.listeningSessionDrifts ?? [];
        setDrifts(new Map(all.flatMap(({ user, driftMs }) => (user ? [[user.id, driftMs] as const] : []))));
      },
      // Whoever may not see them sees none.
      onError: () => setDrifts(new Map()),
    });
    return () => subscription.dispose();
  }, [environment, sessionId]);
  return drifts;
}
