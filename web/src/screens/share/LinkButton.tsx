import { createLink } from '@tanstack/react-router';
import type { ComponentProps } from 'react';

import { classes } from '../../components/classes';
import styles from './Shared.module.css';

interface AnchorProps extends ComponentProps<'a'> {
  readonly isPrimary?: boolean;
}

/** A link that stands where buttons do: it leads somewhere. */
export const LinkButton = createLink(({ isPrimary, className, ...anchor }: AnchorProps) => (
  <a {...anchor} className={classes(styles.button, isPrimary && styles.primary, className)} />
));
