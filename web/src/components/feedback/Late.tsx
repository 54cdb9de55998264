import { type ReactNode, Suspense, useEffect } from 'react';
import { errorKind } from '../../relay/errors';
import { ErrorBoundary } from './ErrorBoundary';
import { loadAgain } from './lazyAgain';
import { useErrorText } from './States';
import { toast } from './toasts';

export interface LateProps {
  /** It is not there and will not come: whoever waits for it goes on without. */
  readonly onFailure?: () => void;
  readonly children: ReactNode;
}

/**
 * A part beside the screen whose code or data comes when it is needed: a dialog, a panel. Nothing shows until then; when it does
 * not come that is said, and everything else stays.
 */
export function Late({ onFailure, children }: LateProps) {
  return (
    <ErrorBoundary fallback={(error) => <Failed error={error} onFailure={onFailure} />}>
      <Suspense fallback={null}>{children}</Suspense>
    </ErrorBoundary>
  );
}

function Failed({ error, onFailure }: { error: unknown; onFailure: (() => void) | undefined }) {
  const textOf = useErrorText();
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each failure
  useEffect(() => {
    const { title, body } = textOf(errorKind(error));
    toast(`${title}. ${body}`, { tone: 'error' });
    loadAgain();
    onFailure?.();
  }, [error]);
  return null;
}
