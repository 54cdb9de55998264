import { Heart } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { IconButton, type IconButtonProps } from '../controls/Button';
import { useTrackActions } from './useTrackActions';

export interface LikeButtonProps extends Pick<IconButtonProps, 'size' | 'tabIndex' | 'className'> {
  readonly trackId: string;
  /** Null: nobody is signed in, or the service of the library did not answer; there is no button then. */
  readonly liked: boolean | null | undefined;
}

/** Puts a track among the liked ones, or takes it out. */
export function LikeButton({ trackId, liked, ...button }: LikeButtonProps) {
  const { t } = useTranslation();
  const { setLiked } = useTrackActions();
  if (liked === null || liked === undefined) return null;
  return (
    <IconButton
      {...button}
      label={t('like')}
      pressed={liked}
      icon={<Heart size={18} fill={liked ? 'currentColor' : 'none'} />}
      onClick={() => setLiked([trackId], !liked)}
    />
  );
}
