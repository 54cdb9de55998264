import { type Environment, graphql } from 'relay-runtime';

import { randomId } from '../browser/randomId';
import type { sendPictureCompleteMutation } from './__generated__/sendPictureCompleteMutation.graphql';
import type { sendPictureCreateMutation } from './__generated__/sendPictureCreateMutation.graphql';
import { readTarget } from './operations';
import { putPart } from './putPart';
import { refuse, relayOperations } from './relayOperations';
import { TryLaterError } from './types';

/** How long the bytes of a picture may take. */
const SEND_TIMEOUT_MS = 120_000;

const create = graphql`
  mutation sendPictureCreateMutation($sizeBytes: Float!, $idempotencyKey: String!) {
    createImageUpload(input: { sizeBytes: $sizeBytes }, idempotencyKey: $idempotencyKey) {
      imageId
      target {
        ...operations_target
      }
      userErrors {
        code
        message
      }
    }
  }
`;

const complete = graphql`
  mutation sendPictureCompleteMutation($imageId: ID!, $parts: [CompletedPartInput!]!) {
    completeImageUpload(imageId: $imageId, parts: $parts) {
      userErrors {
        code
        message
      }
    }
  }
`;

/**
 * Sends a picture of this device to the server; gives its id when it can be shown. Rejects with `RefusedError` when it is none
 * that the server takes, and with `TryLaterError` when it did not arrive.
 */
export async function sendPicture(environment: Environment, file: Blob): Promise<string> {
  const { mutate } = relayOperations(environment);
  const variables = { sizeBytes: file.size, idempotencyKey: randomId() };
  const made = (await mutate<sendPictureCreateMutation>(create, variables)).createImageUpload;
  const { imageId } = made;
  if (!imageId) return refuse(made.userErrors);
  const part = made.target ? readTarget(made.target).parts[0] : undefined;
  const put = (one: NonNullable<typeof part>) =>
    putPart(one, file.slice(), () => {}, AbortSignal.timeout(SEND_TIMEOUT_MS)).catch((error: Error) => {
      throw new TryLaterError(error.message);
    });
  const parts = part ? [{ number: part.number, etag: await put(part) }] : [];
  const done = (await mutate<sendPictureCompleteMutation>(complete, { imageId, parts })).completeImageUpload;
  return done.userErrors.length > 0 ? refuse(done.userErrors) : imageId;
}
