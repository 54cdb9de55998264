import {
  commitMutation,
  type Environment,
  fetchQuery,
  type GraphQLTaggedNode,
  type MutationParameters,
  type OperationType,
} from 'relay-runtime';

import { NetworkError, RequestError } from '../relay/errors';
import { RefusedError, TryLaterError } from './types';

interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Turns what a request throws into what the manager knows. */
function failure(error: unknown): Error {
  if (error instanceof NetworkError) return new TryLaterError(error.message);
  if (error instanceof RequestError) {
    const first = error.errors[0];
    const code = first?.extensions?.code ?? 'UNEXPECTED';
    const isTransient = /RATE_LIMITED|TOO_MANY|UNAVAILABLE|TIMEOUT|SUBREQUEST|INTERNAL/.test(code);
    return isTransient
      ? new TryLaterError(error.message, first?.extensions?.retryAfterMs ?? null)
      : new RefusedError(code, error.message);
  }
  return error instanceof Error ? error : new Error(String(error));
}

/** Throws what the API said. */
export function refuse(errors: readonly Refusal[]): never {
  const [first] = errors;
  throw new RefusedError(first?.code ?? 'UNEXPECTED', first?.message ?? 'The server gave no reason');
}

/** Requests of a Relay environment, with the errors that uploads know. */
export function relayOperations(environment: Environment) {
  const mutate = <M extends MutationParameters>(mutation: GraphQLTaggedNode, variables: M['variables']) =>
    new Promise<M['response']>((resolve, reject) => {
      commitMutation<M>(environment, {
        mutation,
        variables,
        onCompleted: resolve,
        onError: (error) => reject(failure(error)),
      });
    });
  const query = async <Q extends OperationType>(document: GraphQLTaggedNode, variables: Q['variables']) => {
    try {
      return (await fetchQuery<Q>(environment, document, variables, {
        fetchPolicy: 'network-only',
      }).toPromise()) as Q['response'];
    } catch (error) {
      throw failure(error);
    }
  };
  return { mutate, query };
}
