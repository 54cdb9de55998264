import { fetchQuery, graphql, useRelayEnvironment } from "react-relay";

import { errorKind } from "../../relay/errors";
import type { useFindPersonByHandleQuery } from "./__generated__/useFindPersonByHandleQuery.graphql";
import type { useFindPersonByIdQuery } from "./__generated__/useFindPersonByIdQuery.graphql";

export type Found = { readonly kind: "person"; readonly id: string } | { readonly kind: "nobody" | "notAllowed" };

/** Finds a person by their handle, or by the link of their page. */
export function useFindPerson(): (text: string) => Promise<Found> {
  const environment = useRelayEnvironment();
  const byId = async (id: string): Promise<Found> => {
    const data = await fetchQuery<useFindPersonByIdQuery>(
      environment,
      graphql`
        query useFindPersonByIdQuery($id: ID!) {
          user(id: $id) {
            id
          }
        }
      `,
      { id },
    ).toPromise();
    return data?.user ? { kind: "person", id: data.user.id } : { kind: "nobody" };
  };
  const byHandle = async (handle: string): Promise<Found> => {
    const data = await fetchQuery<useFindPersonByHandleQuery>(
      environment,
      graphql`
        query useFindPersonByHandleQuery($handle: String!) {
          users(query: $handle, first: 20) {
            edges {
              node {
                id
                handle
              }
            }
          }
        }
      `,
      { handle },
    ).toPromise();
    if (!data?.users) return { kind: "notAllowed" };
    const person = data.users.edges.find(({ node }) => node.handle === handle);
    return person ? { kind: "person", id: person.node.id } : { kind: "nobody" };
  };
  return async (text) => {
    const id = /usr_[0-9a-z]+/.exec(text)?.[0];
    const handle = text.trim().replace(/^@/, "").toLowerCase();
    try {
      return await (id ? byId(id) : byHandle(handle));
    } catch (error) {
      return { kind: errorKind(error) === "forbidden" ? "notAllowed" : "nobody" };
    }
  };
}
