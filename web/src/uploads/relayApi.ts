import {
  commitMutation,
  type Environment,
  fetchQuery,
  type GraphQLTaggedNode,
  type MutationParameters,
  type OperationType,
} from 'relay-runtime';

import { NetworkError, RequestError } from '../relay/errors';
import type { operationsCancelMutation } from './__generated__/operationsCancelMutation.graphql';
import type { operationsCompleteMutation } from './__generated__/operationsCompleteMutation.graphql';
import type { operationsCreateMutation } from './__generated__/operationsCreateMutation.graphql';
import type { operationsMissingQuery } from './__generated__/operationsMissingQuery.graphql';
import type { operationsRetryJobMutation } from './__generated__/operationsRetryJobMutation.graphql';
import * as operations from './operations';
import { RefusedError, TryLaterError, type UploadApi } from './types';
import { watchUploads } from './watch';

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

/** The API by way of Relay. */
export function relayUploadApi(environment: Environment): UploadApi {
  const { mutate, query } = relayOperations(environment);
  return {
    async create({ idempotencyKey, ...input }) {
      const { createUpload } = await mutate<operationsCreateMutation>(operations.create, {
        idempotencyKey,
        input: { ...input, catalogFromTags: true },
      });
      const { upload, target, userErrors } = createUpload;
      if (!upload || !target) return refuse(userErrors);
      return { upload: operations.readUpload(upload), target: operations.readTarget(target) };
    },
    async missingParts(id) {
      const { upload } = await query<operationsMissingQuery>(operations.missing, { id });
      if (!upload) return { upload: null, target: null };
      return {
        upload: operations.readUpload(upload),
        target: upload.missingParts ? operations.readTarget(upload.missingParts) : null,
      };
    },
    async complete(uploadId, parts) {
      const { completeUpload } = await mutate<operationsCompleteMutation>(operations.complete, { uploadId, parts });
      return completeUpload.upload ? operations.readUpload(completeUpload.upload) : refuse(completeUpload.userErrors);
    },
    async cancel(uploadId) {
      const { cancelUpload } = await mutate<operationsCancelMutation>(operations.cancel, { uploadId });
      if (!cancelUpload.ok) refuse(cancelUpload.userErrors);
    },
    async retryJob(jobId) {
      const { retryTranscode } = await mutate<operationsRetryJobMutation>(operations.retryJob, { jobId });
      if (!retryTranscode.job) refuse(retryTranscode.userErrors);
    },
    watch: (onUploads) => watchUploads(environment, onUploads),
  };
}
