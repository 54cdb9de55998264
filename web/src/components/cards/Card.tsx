import { Link, type LinkProps } from '@tanstack/react-router';
import { Play } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PlayContext } from '../../player/types';
import { usePlayer } from '../../player/usePlayer';
import { IconButton } from '../controls/Button';
import styles from './Card.module.css';
import { Cover } from './Cover';

export interface CardProps {
  readonly title: string;
  /** Below the title: artists, a year, why it is here. */
  readonly detail?: ReactNode;
  readonly url: string | null | undefined;
  readonly shape?: 'square' | 'round';
  readonly link: Pick<LinkProps, 'to' | 'params' | 'search'>;
  /** What its play button plays; without it there is none. */
  readonly plays?: PlayContext;
}

/** Something with a cover that leads to its page, and that can be played from here. */
export function Card({ title, detail, url, shape = 'square', link, plays }: CardProps) {
  const { t } = useTranslation();
  const player = usePlayer();
  return (
    <article className={styles.card} data-shape={shape}>
      <div className={styles.picture}>
        <Cover url={url} title={title} shape={shape} sizes="(max-width: 48rem) 45vw, 13rem" />
        {plays && player && (
          <IconButton
            className={styles.play ?? ''}
            variant="solid"
            size="m"
            label={t('playNamed', { title })}
            icon={<Play size={20} fill="currentColor" />}
            onClick={() => void player.play(plays)}
          />
        )}
      </div>
      <h3 className={styles.title}>
        <Link {...link} className={styles.link} title={title} dir="auto">
          {title}
        </Link>
      </h3>
      {detail && <p className={styles.detail}>{detail}</p>}
    </article>
  );
}
