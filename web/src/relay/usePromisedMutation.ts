import { useMutation } from 'react-relay';
import type { GraphQLTaggedNode, MutationConfig, MutationParameters } from 'relay-runtime';

type Config<M extends MutationParameters> = Pick<
  MutationConfig<M>,
  'variables' | 'optimisticUpdater' | 'updater' | 'optimisticResponse'
>;

/** A mutation that is waited for. Gives null when no answer came, or none with data. */
export function usePromisedMutation<M extends MutationParameters>(
  mutation: GraphQLTaggedNode,
): (config: Config<M>) => Promise<M['response'] | null> {
  const [commit] = useMutation<M>(mutation);
  return (config) =>
    new Promise((done) => {
      commit({ ...config, onCompleted: (data) => done(data), onError: () => done(null) });
    });
}
