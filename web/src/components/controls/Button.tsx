import type { ComponentProps, ReactNode } from 'react';

import { classes } from '../classes';
import styles from './Button.module.css';

type Native = Omit<ComponentProps<'button'>, 'children' | 'type'>;

export interface ButtonProps extends Native {
  /** `primary`: what is done first, once per screen; `quiet`: beside others; `danger`: what cannot be undone. */
  readonly variant?: 'primary' | 'secondary' | 'quiet' | 'danger';
  readonly size?: 's' | 'm' | 'l';
  readonly icon?: ReactNode;
  /** Something is under way: the button says so and cannot be pressed again. */
  readonly busy?: boolean;
  readonly type?: 'button' | 'submit';
  readonly children: ReactNode;
}

export function Button({
  variant = 'secondary',
  size = 'm',
  icon,
  busy,
  type = 'button',
  children,
  ...native
}: ButtonProps) {
  return (
    <button
      {...native}
      type={type}
      aria-busy={busy || undefined}
      // Not `disabled`: the focus would be lost while a form is sent.
      aria-disabled={busy || native['aria-disabled']}
      onClick={busy ? (event) => event.preventDefault() : native.onClick}
      className={classes(styles.button, styles[variant], styles[size], native.className)}
    >
      {busy ? <span className={styles.spinner} aria-hidden="true" /> : icon}
      <span>{children}</span>
    </button>
  );
}

export interface IconButtonProps extends Native {
  /** What it does; its accessible name and its tooltip. */
  readonly label: string;
  readonly icon: ReactNode;
  readonly size?: 's' | 'm' | 'l';
  /** `solid`: the play button of a page. */
  readonly variant?: 'plain' | 'solid';
  /** Whether it is on; leave out for buttons that are not switches. */
  readonly pressed?: boolean;
}

export function IconButton({ label, icon, size = 'm', variant = 'plain', pressed, ...native }: IconButtonProps) {
  return (
    <button
      title={label}
      {...native}
      type="button"
      aria-label={label}
      aria-pressed={pressed}
      className={classes(
        styles.iconButton,
        styles[`icon-${size}`],
        variant === 'solid' && styles.solid,
        native.className,
      )}
    >
      {icon}
    </button>
  );
}
