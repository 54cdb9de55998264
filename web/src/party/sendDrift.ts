/** Sends a measured drift to the server. */

import { commitMutation, type Environment, graphql } from 'relay-runtime';

import type { sendDriftMutation } from './__generated__/sendDriftMutation.graphql';

export function sendDrift(environment: Environment, sessionId: string, offsetMs: number): void {
  commitMutation<sendDriftMutation>(environment, {
    mutation: graphql`
      mutation sendDriftMutation($sessionId: ID!, $offsetMs: Float!) {
        reportSync(sessionId: $sessionId, offsetMs: $offsetMs) {
          ok
        }
      }
    `,
    variables: { sessionId, offsetMs },
    // The next one comes in a few seconds.
    onError: () => {},
  });
}
