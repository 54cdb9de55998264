import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import { IconButton } from './Button';
import styles from './Dialog.module.css';

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** The buttons at its end. */
  readonly actions?: ReactNode;
  readonly size?: 's' | 'm' | 'l';
  readonly children: ReactNode;
}

/** A question above the page; the page waits. Rendered while it is open: `{isOpen && <Dialog …>}`. */
export function Dialog({ title, onClose, actions, size = 'm', children }: DialogProps) {
  const { t } = useTranslation();
  const titleId = useId();
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // The browser would begin with the button that closes it.
    dialog?.querySelector<HTMLElement>(`.${styles.body} :is(input, textarea, select)`)?.focus();
    return () => dialog?.close();
  }, []);
  return (
    // The browser's own dialog traps the focus, gives it back, and makes everything else inert.
    <dialog
      ref={ref}
      className={styles.dialog}
      data-size={size}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        // A click on the dialog itself is one on its backdrop: its content has an element of its own.
        if (event.target === ref.current) onClose();
      }}
    >
      <div className={styles.content}>
        <header className={styles.header}>
          <h2 id={titleId}>{title}</h2>
          <IconButton label={t('close')} icon={<X size={20} />} onClick={onClose} />
        </header>
        <div className={styles.body}>{children}</div>
        {actions && <footer className={styles.actions}>{actions}</footer>}
      </div>
    </dialog>
  );
}
