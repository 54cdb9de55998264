import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { fetchQuery, useRelayEnvironment } from 'react-relay';
import {
  createOperationDescriptor,
  type Disposable,
  type GraphQLTaggedNode,
  getRequest,
  type OperationType,
} from 'relay-runtime';

import { RequestError } from './errors';
import { type LoadedPage, PAGE_SIZE, Pages, type PagesState, type PageWindow } from './pages';

/** A connection of the API, as far as pages are made of it. */
export interface ConnectionData<Edge> {
  readonly edges: readonly Edge[];
  readonly totalCount?: number;
  readonly pageInfo: { readonly endCursor: string | null | undefined; readonly hasNextPage: boolean };
}

/** A page out of a connection. Null, a part of the platform that did not answer, is an error. */
export function pageOf<Edge, T>(
  connection: ConnectionData<Edge> | null | undefined,
  version: number | null | undefined,
  item: (edge: Edge) => T,
): LoadedPage<T> {
  if (!connection)
    throw new RequestError([
      { message: 'A part of the platform did not answer', extensions: { code: 'SERVICE_UNAVAILABLE' } },
    ]);
  return {
    items: connection.edges.map(item),
    totalCount: connection.totalCount ?? null,
    endCursor: connection.pageInfo.endCursor ?? null,
    hasNextPage: connection.pageInfo.hasNextPage,
    version: version ?? 0,
  };
}

/** The pages of a list, and what it shows now. */
export interface PagesView<T> extends PagesState<T> {
  readonly pages: Pages<T>;
}

export interface PagesOptions<Op extends OperationType, T> {
  readonly query: GraphQLTaggedNode;
  /** All variables but those of the page. */
  readonly variables: Omit<Op['variables'], 'first' | 'after' | 'offset'>;
  /** How the query says which page: behind a cursor, or at an offset. */
  readonly by: 'after' | 'offset';
  readonly read: (data: Op['response']) => LoadedPage<T>;
}

/** A list of any length out of a query for one page of it. Shows what the store has at once, and asks again. */
export function usePages<Op extends OperationType, T>({
  query,
  variables,
  by,
  read,
}: PagesOptions<Op, T>): PagesView<T> {
  const environment = useRelayEnvironment();
  const key = JSON.stringify(variables);
  const retained = useRef<Disposable[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the query and how it is read never change
  const { pages, isStored } = useMemo(() => {
    const given = JSON.parse(key) as object;
    const operation = ({ first, after, offset }: PageWindow) =>
      createOperationDescriptor(getRequest(query), { ...given, first, ...(by === 'after' ? { after } : { offset }) });
    const load = async (window: PageWindow) => {
      const asked = operation(window);
      const data = await fetchQuery<Op>(environment, query, asked.request.variables as Op['variables'], {
        fetchPolicy: 'network-only',
      }).toPromise();
      retained.current.push(environment.retain(asked));
      return read(data as Op['response']);
    };
    const first = operation({ first: PAGE_SIZE, offset: 0, after: null });
    let stored: LoadedPage<T> | null = null;
    if (environment.check(first).status === 'available') {
      try {
        stored = read(environment.lookup(first.fragment).data as Op['response']);
      } catch {
        // What failed the last time is asked for anew.
      }
    }
    return { pages: new Pages<T>({ isRandom: by === 'offset', load }, stored), isStored: stored !== null };
  }, [environment, key]);
  useEffect(() => {
    if (isStored) void pages.refresh();
    else pages.need(0);
    return () => {
      for (const one of retained.current.splice(0)) one.dispose();
    };
  }, [pages, isStored]);
  const state = useSyncExternalStore(pages.subscribe, pages.getSnapshot);
  return useMemo(() => ({ ...state, pages }), [state, pages]);
}
