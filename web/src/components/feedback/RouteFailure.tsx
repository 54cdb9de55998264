import type { ErrorComponentProps } from '@tanstack/react-router';
import { useContext } from 'react';
import { ReactRelayContext } from 'react-relay';

import { forgetFailures } from '../../relay/forgetFailures';
import { loadAgain } from './lazyAgain';
import { ErrorState } from './States';

/** A screen that could not be loaded or shown. Trying again asks the server again. */
export function RouteFailure({ error, reset }: ErrorComponentProps) {
  const relay = useContext(ReactRelayContext);
  const retry = () => {
    loadAgain();
    if (relay) forgetFailures(relay.environment);
    reset();
  };
  return <ErrorState error={error} onRetry={retry} />;
}
