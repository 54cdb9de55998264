import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { IconButton } from '../controls/Button';
import styles from './Toasts.module.css';
import { dismissToast, useToasts } from './toasts';

/** Where messages show; once, in the shell. */
export function Toasts() {
  const { t } = useTranslation();
  const toasts = useToasts((state) => state.toasts);
  return (
    <section className={styles.toasts} aria-label={t('notifications')}>
      <div role="status" aria-live="polite" aria-relevant="additions">
        <ul>
          {toasts.map((toast) => (
            <li key={toast.id} className={styles.toast} data-tone={toast.tone}>
              <span>{toast.text}</span>
              {toast.action && (
                <button
                  type="button"
                  className={styles.action}
                  onClick={() => {
                    toast.action?.run();
                    dismissToast(toast.id);
                  }}
                >
                  {toast.action.label}
                </button>
              )}
              <IconButton size="s" label={t('dismiss')} icon={<X size={16} />} onClick={() => dismissToast(toast.id)} />
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
