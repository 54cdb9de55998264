import { lazy, Suspense } from 'react';

import { useStepUp } from '../session/stepUp';

const StepUpDialog = lazy(() => import('./StepUpDialog'));

/** The dialog that asks for a proof, on any screen; above whatever dialog sent the mutation. */
export function StepUp() {
  const isOpen = useStepUp((state) => state.isOpen);
  if (!isOpen) return null;
  return (
    <Suspense fallback={null}>
      <StepUpDialog />
    </Suspense>
  );
}
