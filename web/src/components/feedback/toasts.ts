import { create } from 'zustand';

/** A short message that goes by itself: that something was done, or why not. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'info' | 'error';
  /** One thing to do about it, "Undo" say. */
  readonly action?: { readonly label: string; readonly run: () => void };
  /** Until somebody answers it. */
  readonly stays?: boolean;
}

const SHOWN_MS = 5_000;
/** Something to press stays longer. */
const SHOWN_WITH_ACTION_MS = 10_000;
const MAX_SHOWN = 3;

export const useToasts = create<{ readonly toasts: readonly Toast[] }>(() => ({ toasts: [] }));

let lastId = 0;

export function dismissToast(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}

/** Shows a message, which screen readers read out when they are free. The same text is not shown twice at once. */
export function toast(text: string, options: Partial<Pick<Toast, 'tone' | 'action' | 'stays'>> = {}): void {
  lastId += 1;
  const fresh: Toast = { id: lastId, text, tone: 'info', ...options };
  useToasts.setState(({ toasts }) => ({
    toasts: [...toasts.filter((shown) => shown.text !== text), fresh].slice(-MAX_SHOWN),
  }));
  if (fresh.stays) return;
  setTimeout(() => dismissToast(fresh.id), fresh.action ? SHOWN_WITH_ACTION_MS : SHOWN_MS);
}
