import { graphql } from 'react-relay';

import { useFound } from '../../relay/useFound';
import type { useFoundArtistsQuery } from './__generated__/useFoundArtistsQuery.graphql';
import type { Named } from './MergeDialog';

const document = graphql`
  query useFoundArtistsQuery($query: String!) {
    search(query: $query, types: [ARTIST], first: 8) {
      edges {
        node {
          ... on Artist {
            id
            name
          }
        }
      }
    }
  }
`;

/** Artists by the words of their names. Null: nothing was asked, or there is no answer yet. */
export const useFoundArtists = (text: string): readonly Named[] | null =>
  useFound<useFoundArtistsQuery, Named>(
    document,
    text.trim(),
    ({ search }) =>
      search?.edges.flatMap(({ node }) => (node?.id && node.name ? [{ id: node.id, name: node.name }] : [])) ?? [],
  );
