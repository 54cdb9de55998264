import type { GraphQLTaggedNode, MutationConfig, MutationParameters } from 'relay-runtime';

import { useMutate } from './useMutate';

type Config<M extends MutationParameters> = Pick<
  MutationConfig<M>,
  'variables' | 'optimisticUpdater' | 'updater' | 'optimisticResponse'
>;

/** `useMutate` for buttons, whose failure is shown elsewhere or not at all. Gives null when no answer came, or none with data. */
export function usePromisedMutation<M extends MutationParameters>(
  mutation: GraphQLTaggedNode,
): (config: Config<M>) => Promise<M['response'] | null> {
  const [mutate] = useMutate<M>(mutation);
  return ({ variables, ...options }) => mutate(variables, options).catch(() => null);
}
