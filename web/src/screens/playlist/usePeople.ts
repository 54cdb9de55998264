import { graphql } from 'react-relay';

import { useFound } from '../../relay/useFound';
import type { usePeopleQuery } from './__generated__/usePeopleQuery.graphql';

export type FoundPerson = NonNullable<usePeopleQuery['response']['people']>[number];

/** With fewer letters the server finds nobody. */
const MIN_LETTERS = 2;

const document = graphql`
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
`;

/** People by the beginning of their handle or of a word of their name. Null: nothing was asked, or there is no answer yet. */
export function usePeople(text: string): readonly FoundPerson[] | null {
  const query = text.trim();
  const isEnough = query.replace(/^@/, '').length >= MIN_LETTERS;
  return useFound<usePeopleQuery, FoundPerson>(document, isEnough ? query : '', ({ people }) => people ?? []);
}
