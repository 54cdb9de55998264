import { ImageUp } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Cover } from '../../components/cards/Cover';
import { Button } from '../../components/controls/Button';
import { toast } from '../../components/feedback/toasts';
import { useMutate } from '../../relay/useMutate';
import { putPart } from '../../uploads/putPart';
import type { CoverEditor_album$key } from './__generated__/CoverEditor_album.graphql';
import type { CoverEditorCompleteMutation } from './__generated__/CoverEditorCompleteMutation.graphql';
import type { CoverEditorCreateMutation } from './__generated__/CoverEditorCreateMutation.graphql';
import type { CoverEditorSetMutation } from './__generated__/CoverEditorSetMutation.graphql';
import styles from './Studio.module.css';

/** How long the bytes of a picture may take. */
const SEND_TIMEOUT_MS = 120_000;

/** The cover of an album: shown, replaced by a picture of this device, or taken off. */
export function CoverEditor({ album }: { album: CoverEditor_album$key }) {
  const { t } = useTranslation(['studio', 'common']);
  const input = useRef<HTMLInputElement>(null);
  const [isBusy, setBusy] = useState(false);
  const data = useFragment(
    graphql`
      fragment CoverEditor_album on Album {
        id
        title
        coverUrl
      }
    `,
    album,
  );
  const [create] = useMutate<CoverEditorCreateMutation>(graphql`
    mutation CoverEditorCreateMutation($sizeBytes: Float!) {
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
  const [complete] = useMutate<CoverEditorCompleteMutation>(graphql`
    mutation CoverEditorCompleteMutation($imageId: ID!, $parts: [CompletedPartInput!]!) {
      completeImageUpload(imageId: $imageId, parts: $parts) {
        userErrors {
          code
          message
        }
      }
    }
  `);
  const [set] = useMutate<CoverEditorSetMutation>(graphql`
    mutation CoverEditorSetMutation($albumId: ID!, $imageId: ID) {
      setAlbumCover(albumId: $albumId, imageId: $imageId) {
        album {
          ...CoverEditor_album
        }
        userErrors {
          code
          message
        }
      }
    }
  `);
  const setTo = async (imageId: string | null) => (await set({ albumId: data.id, imageId })).setAlbumCover.userErrors;
  const upload = async (file: File) => {
    const { imageId, target, userErrors } = (await create({ sizeBytes: file.size })).createImageUpload;
    if (!imageId) return userErrors;
    const part = target?.parts[0];
    const put = (one: NonNullable<typeof part>) =>
      putPart({ ...one, url: one.url as string }, file.slice(), () => {}, AbortSignal.timeout(SEND_TIMEOUT_MS));
    const parts = part ? [{ number: part.number, etag: await put(part) }] : [];
    const completed = (await complete({ imageId, parts })).completeImageUpload.userErrors;
    return completed.length > 0 ? completed : setTo(imageId);
  };
  const act = async (change: () => Promise<readonly { readonly message: string }[]>) => {
    setBusy(true);
    const [error] = await change().catch(() => [{ message: t('common:actionFailed') }]);
    if (error) toast(error.message, { tone: 'error' });
    setBusy(false);
  };
  return (
    <div className={styles.cover}>
      <Cover url={data.coverUrl as string | null} title={data.title} sizes="10rem" />
      <div className={styles.buttons}>
        <Button icon={<ImageUp size={18} />} busy={isBusy} onClick={() => input.current?.click()}>
          {t('studio:chooseCover')}
        </Button>
        {data.coverUrl && (
          <Button variant="quiet" busy={isBusy} onClick={() => void act(() => setTo(null))}>
            {t('studio:removeCover')}
          </Button>
        )}
      </div>
      <input
        ref={input}
        type="file"
        hidden
        accept="image/jpeg,image/png,image/webp,image/gif,image/bmp"
        aria-label={t('studio:chooseCover')}
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          event.currentTarget.value = '';
          if (file) void act(() => upload(file));
        }}
      />
    </div>
  );
}
