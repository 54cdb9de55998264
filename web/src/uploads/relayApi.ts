import type { Environment } from 'relay-runtime';

import type { operationsCancelMutation } from './__generated__/operationsCancelMutation.graphql';
import type { operationsCompleteMutation } from './__generated__/operationsCompleteMutation.graphql';
import type { operationsCreateMutation } from './__generated__/operationsCreateMutation.graphql';
import type { operationsMissingQuery } from './__generated__/operationsMissingQuery.graphql';
import type { operationsRetryJobMutation } from './__generated__/operationsRetryJobMutation.graphql';
import * as operations from './operations';
import { refuse, relayOperations } from './relayOperations';
import type { UploadApi } from './types';
import { watchUploads } from './watch';

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
