import { getQueryResourceForEnvironment } from 'react-relay/lib/relay-hooks/QueryResource';
import type { IEnvironment } from 'relay-runtime';

/**
 * Lets queries that failed be sent again. Relay keeps the error of a query for minutes and throws it anew whenever its screen
 * is rendered, which a key in each query would prevent; whoever presses "Try again" means all that is on the screen.
 */
export function forgetFailures(environment: IEnvironment): void {
  const { _cache: cache } = getQueryResourceForEnvironment(environment);
  for (const [key, entry] of [...cache._map]) {
    if (entry.getValue() instanceof Error) cache.delete(key);
  }
}
