import { useEffect, useState } from 'react';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';

import type { usePeopleQuery } from './__generated__/usePeopleQuery.graphql';

export type FoundPerson = NonNullable<usePeopleQuery['response']['people']>[number];

/** So long nobody has typed before the server is asked, in milliseconds. */
const PAUSE_MS = 200;
/** With fewer letters the server finds nobody. */
const MIN_LETTERS = 2;

/** People by the beginning of their handle or of a word of their name. Null: nothing was asked, or there is no answer yet. */
export function usePeople(text: string): readonly FoundPerson[] | null {
  const environment = useRelayEnvironment();
  const [found, setFound] = useState<readonly FoundPerson[] | null>(null);
  const query = text.trim();
  useEffect(() => {
    setFound(null);
    if (query.replace(/^@/, '').length < MIN_LETTERS) return;
    let request: { unsubscribe: () => void } | undefined;
    const timer = setTimeout(() => {
      request = fetchQuery<usePeopleQuery>(
        environment,
        graphql`
          query usePeopleQuery($query: String!) {
            people(query: $query, first: 8) {
              id
              displayName
              handle
              avatarUrl
              picture {
                url
              }
            }
          }
        `,
        { query },
        { fetchPolicy: 'network-only' },
      ).subscribe({ next: (data) => setFound(data.people ?? []), error: () => setFound([]) });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      request?.unsubscribe();
    };
  }, [environment, query]);
  return found;
}
