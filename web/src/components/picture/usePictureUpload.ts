import { graphql } from 'react-relay';

import { useMutate } from '../../relay/useMutate';
import { putPart } from '../../uploads/putPart';
import type { usePictureUploadCompleteMutation } from './__generated__/usePictureUploadCompleteMutation.graphql';
import type { usePictureUploadCreateMutation } from './__generated__/usePictureUploadCreateMutation.graphql';

/** How long the bytes of a picture may take. */
const SEND_TIMEOUT_MS = 120_000;

/** What is wrong with a picture, in words for people. */
export type PictureErrors = readonly { readonly message: string }[];

/** Sends a picture of this device to the server; gives its id when it can be shown, or what is wrong with it. */
export function usePictureUpload(): (file: File) => Promise<string | PictureErrors> {
  const [create] = useMutate<usePictureUploadCreateMutation>(graphql`
    mutation usePictureUploadCreateMutation($sizeBytes: Float!) {
      createImageUpload(input: { sizeBytes: $sizeBytes }) {
        imageId
        target {
          parts {
            number
            url
            headers {
              name
              value
            }
          }
        }
        userErrors {
          code
          message
        }
      }
    }
  `);
  const [complete] = useMutate<usePictureUploadCompleteMutation>(graphql`
    mutation usePictureUploadCompleteMutation($imageId: ID!, $parts: [CompletedPartInput!]!) {
      completeImageUpload(imageId: $imageId, parts: $parts) {
        userErrors {
          code
          message
        }
      }
    }
  `);
  return async (file) => {
    const { imageId, target, userErrors } = (await create({ sizeBytes: file.size })).createImageUpload;
    if (!imageId) return userErrors;
    const part = target?.parts[0];
    const put = (one: NonNullable<typeof part>) =>
      putPart({ ...one, url: one.url as string }, file.slice(), () => {}, AbortSignal.timeout(SEND_TIMEOUT_MS));
    const parts = part ? [{ number: part.number, etag: await put(part) }] : [];
    const completed = (await complete({ imageId, parts })).completeImageUpload.userErrors;
    return completed.length > 0 ? completed : imageId;
  };
}
