import { useState } from 'react';

/**
 * The token of a mail's link, from `#token=…` (which browsers send to no server) or `?token=…`. It leaves the address at once, so
 * that it is in no history.
 */
export function useTokenOfPage(): string {
  const [token] = useState(() => {
    const fromHash = new URLSearchParams(location.hash.slice(1)).get('token');
    const found = fromHash ?? new URLSearchParams(location.search).get('token') ?? '';
    if (found) history.replaceState(history.state, '', location.pathname);
    return found;
  });
  return token;
}
