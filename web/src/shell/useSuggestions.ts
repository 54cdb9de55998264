import { useEffect, useState } from 'react';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';

import type { useSuggestionsQuery } from './__generated__/useSuggestionsQuery.graphql';

const PAUSE_MS = 120;
const NONE: readonly string[] = [];

/** Titles and names that begin like this. Without an answer there are none: a suggestion is never worth an error. */
export function useSuggestions(prefix: string): readonly string[] {
  const environment = useRelayEnvironment();
  const [suggestions, setSuggestions] = useState(NONE);
  const wanted = prefix.trim();
  useEffect(() => {
    if (wanted.length < 2) {
      setSuggestions(NONE);
      return;
    }
    let subscription: { unsubscribe(): void } | undefined;
    const timer = setTimeout(() => {
      subscription = fetchQuery<useSuggestionsQuery>(
        environment,
        graphql`
          query useSuggestionsQuery($prefix: String!) {
            searchSuggestions(prefix: $prefix)
          }
        `,
        { prefix: wanted },
      ).subscribe({
        next: (data) => setSuggestions(data.searchSuggestions ?? NONE),
        error: () => setSuggestions(NONE),
      });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      subscription?.unsubscribe();
    };
  }, [environment, wanted]);
  return suggestions;
}
