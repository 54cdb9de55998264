import { type ReactNode, useEffect, useId } from 'react';
import { useTranslation } from 'react-i18next';

import { announce } from '../../shell/announcer';
import { setPageTitle } from '../../shell/documentTitle';
import { Cover, type CoverProps } from '../cards/Cover';
import { classes } from '../classes';
import styles from './Page.module.css';

/** Puts a title onto the document, for the tab's name, the history and whoever cannot see the page. */
export function useTitle(title: string): void {
  const { t } = useTranslation();
  useEffect(() => setPageTitle(title ? `${title} · ${t('appName')}` : t('appName')), [title, t]);
  useEffect(() => announce(title), [title]);
}

export interface PageProps {
  /** Also the document's title. */
  readonly title: string;
  /** Shown instead of a plain heading. */
  readonly header?: ReactNode;
  /** Beside the heading. */
  readonly actions?: ReactNode;
  /** `narrow`: forms and prose. */
  readonly width?: 'full' | 'narrow';
  readonly children: ReactNode;
}

/** A screen: its title, its heading and its content. */
export function Page({ title, header, actions, width = 'full', children }: PageProps) {
  useTitle(title);
  return (
    <div className={classes(styles.page, width === 'narrow' && styles.narrow)}>
      {header ?? (
        <div className={styles.heading}>
          <h1>
            <bdi>{title}</bdi>
          </h1>
          {actions && <div className={styles.actions}>{actions}</div>}
        </div>
      )}
      {children}
    </div>
  );
}

export interface PageHeaderProps {
  /** What kind of thing it is: "Album". */
  readonly kind?: string;
  readonly title: string;
  /** Artists, year, count: separated by dots. */
  readonly meta?: readonly ReactNode[];
  readonly cover?: Pick<CoverProps, 'url' | 'shape'>;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

/** The head of the page of an album, artist, playlist or person: the picture in the centre of attention. */
export function PageHeader({ kind, title, meta = [], cover, actions, children }: PageHeaderProps) {
  const shown = meta.filter((item) => item !== null && item !== undefined && item !== '' && item !== false);
  return (
    <header className={styles.header}>
      {cover && (
        <div className={styles.cover}>
          <Cover {...cover} title={title} sizes="(max-width: 48rem) 70vw, 20rem" priority />
        </div>
      )}
      <div className={styles.text}>
        {kind && <p className={styles.kind}>{kind}</p>}
        <h1 className={styles.title}>
          <bdi>{title}</bdi>
        </h1>
        {shown.length > 0 && (
          <ul className={styles.meta}>
            {shown.map((item, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts stand in a fixed order
              <li key={index}>{item}</li>
            ))}
          </ul>
        )}
        {children}
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
    </header>
  );
}

/** A part of a page with a heading of its own. */
export function Section({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={styles.section}>
      <div className={styles.sectionHead}>
        <h2 id={id}>{title}</h2>
        {action}
      </div>
      {children}
    </section>
  );
}
