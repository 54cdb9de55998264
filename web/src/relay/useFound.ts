import { useEffect, useState } from 'react';
import { fetchQuery, useRelayEnvironment } from 'react-relay';
import type { GraphQLTaggedNode, OperationType } from 'relay-runtime';

/** So long nobody has typed before the server is asked, in milliseconds. */
const PAUSE_MS = 200;

interface ByText extends OperationType {
  readonly variables: { readonly query: string };
}

/**
 * What the server finds for a text that is being typed; `text` is asked for as it is, and not at all when it is empty. Null:
 * nothing was asked, or there is no answer yet. `document` and `read` must not change.
 */
export function useFound<Op extends ByText, T>(
  document: GraphQLTaggedNode,
  text: string,
  read: (data: Op['response']) => readonly T[],
): readonly T[] | null {
  const environment = useRelayEnvironment();
  const [found, setFound] = useState<readonly T[] | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the document and how it is read never change
  useEffect(() => {
    setFound(null);
    if (text === '') return;
    let request: { unsubscribe: () => void } | undefined;
    const timer = setTimeout(() => {
      request = fetchQuery<Op>(environment, document, { query: text }, { fetchPolicy: 'network-only' }).subscribe({
        next: (data) => setFound(read(data)),
        error: () => setFound([]),
      });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      request?.unsubscribe();
    };
  }, [environment, text]);
  return found;
}
