import { useRelayEnvironment } from 'react-relay';

import { sendPicture } from '../../uploads/sendPicture';
import { RefusedError } from '../../uploads/types';

/** What is wrong with a picture, in words for people. */
export type PictureErrors = readonly { readonly message: string }[];

/**
 * Sends a picture of this device to the server; gives its id when it can be shown, or what is wrong with it. Rejects when no
 * answer came.
 */
export function usePictureUpload(): (file: File) => Promise<string | PictureErrors> {
  const environment = useRelayEnvironment();
  return (file) =>
    sendPicture(environment, file).catch((error: unknown) => {
      if (error instanceof RefusedError) return [error];
      throw error;
    });
}
