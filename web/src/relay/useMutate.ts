import { useCallback } from 'react';
import { type UseMutationConfig, useMutation } from 'react-relay';
import type { GraphQLTaggedNode, MutationParameters } from 'relay-runtime';

type Options<T extends MutationParameters> = Omit<UseMutationConfig<T>, 'variables' | 'onCompleted' | 'onError'>;

/** `useMutation` as a promise, for forms. It rejects as a request does; what the server refuses is in `userErrors`. */
export function useMutate<T extends MutationParameters>(document: GraphQLTaggedNode) {
  const [commit, isInFlight] = useMutation<T>(document);
  const run = useCallback(
    (variables: T['variables'], options: Options<T> = {}) =>
      new Promise<T['response']>((resolve, reject) => {
        commit({ ...options, variables, onCompleted: (response) => resolve(response), onError: reject });
      }),
    [commit],
  );
  return [run, isInFlight] as const;
}
