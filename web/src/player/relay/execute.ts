/** Executes operations on a Relay environment, with the errors that the controller knows. */

import {
  commitMutation,
  type Environment,
  fetchQuery,
  type GraphQLTaggedNode,
  type MutationParameters,
  type OperationType,
} from 'relay-runtime';

import { errorKind } from '../../relay/errors';
import { PortError } from '../controller/port';

const KINDS = {
  offline: 'OFFLINE',
  unavailable: 'UNAVAILABLE',
  limited: 'UNAVAILABLE',
  signedOut: 'SIGNED_OUT',
  forbidden: 'NOT_ALLOWED',
  outdated: 'UNEXPECTED',
  unexpected: 'UNEXPECTED',
} as const;

export function toPortError(error: unknown): PortError {
  return error instanceof PortError ? error : new PortError(KINDS[errorKind(error)], String(error), { cause: error });
}

/** Executes a query past the store, which it updates. */
export async function query<T extends OperationType>(
  environment: Environment,
  document: GraphQLTaggedNode,
  variables: T['variables'],
): Promise<T['response']> {
  try {
    const response = await fetchQuery<T>(environment, document, variables, { fetchPolicy: 'network-only' }).toPromise();
    if (response === undefined) throw new PortError('UNEXPECTED', 'the answer is empty');
    return response;
  } catch (error) {
    throw toPortError(error);
  }
}

/** Executes a mutation. A root field without a value, and an error instead, is no answer. */
export function mutate<T extends MutationParameters>(
  environment: Environment,
  mutation: GraphQLTaggedNode,
  variables: T['variables'],
) {
  return new Promise<T['response']>((resolve, reject) => {
    commitMutation<T>(environment, {
      mutation,
      variables,
      onCompleted: (response, errors) => {
        const isEmpty = Object.values((response ?? {}) as Record<string, unknown>).every((field) => field === null);
        if (isEmpty && errors?.length)
          reject(new PortError('UNAVAILABLE', errors.map(({ message }) => message).join('\n')));
        else resolve(response);
      },
      onError: (error) => reject(toPortError(error)),
    });
  });
}
