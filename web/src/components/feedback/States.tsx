import { Link } from '@tanstack/react-router';
import { CloudOff, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { type ErrorKind, errorKind } from '../../relay/errors';
import { classes } from '../classes';
import { Button } from '../controls/Button';
import styles from './States.module.css';

/** A grey shape where something will be. */
export function Skeleton({ className, round }: { className?: string; round?: boolean }) {
  return <span className={classes(styles.skeleton, round && styles.round, className)} aria-hidden="true" />;
}

/** What a screen shows until it has data. */
export function ScreenSkeleton() {
  const { t } = useTranslation();
  return (
    <div className={styles.screen}>
      <p className="visually-hidden" role="status">
        {t('loading')}
      </p>
      <Skeleton className={styles.heading ?? ''} />
      <div className={styles.grid}>
        {Array.from({ length: 12 }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
          <Skeleton key={index} className={styles.card ?? ''} />
        ))}
      </div>
    </div>
  );
}

export interface EmptyStateProps {
  readonly icon: LucideIcon;
  readonly title: string;
  /** `h1` where nothing else is on the screen. */
  readonly heading?: 'h1' | 'h2';
  readonly children?: ReactNode;
  /** What to do first. */
  readonly action?: ReactNode;
}

/** There is nothing yet, and how that changes. */
export function EmptyState({ icon: Icon, title, heading: Heading = 'h2', children, action }: EmptyStateProps) {
  return (
    <div className={styles.state}>
      <Icon size={40} strokeWidth={1.5} aria-hidden="true" />
      <Heading>{title}</Heading>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

/** The words for an error, by what a person can do about it. */
export function useErrorText(): (kind: ErrorKind) => { title: string; body: string } {
  const { t } = useTranslation();
  return (kind) => ({ title: t(`error.${kind}.title`), body: t(`error.${kind}.body`) });
}

/** Loads the page again with the newest version; without the means for that, as it comes. */
function reload(): void {
  import('../../serviceWorker').then(({ reloadNewest }) => reloadNewest()).catch(() => location.reload());
}

/** A whole screen could not be shown. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const kind = errorKind(error);
  const { title, body } = useErrorText()(kind);
  return (
    <div className={styles.state} role="alert">
      <CloudOff size={40} strokeWidth={1.5} aria-hidden="true" />
      <h1>{title}</h1>
      <p>{body}</p>
      {kind === 'offline' && <Link to="/offline">{t('offline.open')}</Link>}
      {kind === 'outdated' ? (
        <Button onClick={reload}>{t('reload')}</Button>
      ) : (
        onRetry && <Button onClick={onRetry}>{t('tryAgain')}</Button>
      )}
    </div>
  );
}

/** A part of a screen is missing while the rest is there: which, and what to do. `what` names it: "Recommendations". */
export function PartialFailure({ what, error, onRetry }: { what: string; error?: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const body = useErrorText()(error ? errorKind(error) : 'unavailable').body;
  return (
    <div className={styles.partial} role="status">
      <TriangleAlert size={20} aria-hidden="true" />
      <p>
        <strong>{t('partialFailure', { what })}</strong> {body}
      </p>
      {onRetry && (
        <Button size="s" onClick={onRetry}>
          {t('tryAgain')}
        </Button>
      )}
    </div>
  );
}
