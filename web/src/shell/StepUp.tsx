import { Late } from '../components/feedback/Late';
import { lazyAgain } from '../components/feedback/lazyAgain';
import { settleStepUp, useStepUp } from '../session/stepUp';

const StepUpDialog = lazyAgain(() => import('./StepUpDialog'));

/** The dialog that asks for a proof, on any screen; above whatever dialog sent the mutation. */
export function StepUp() {
  const isOpen = useStepUp((state) => state.isOpen);
  if (!isOpen) return null;
  return (
    // Without the dialog nothing is proved: the mutation that waits for it ends.
    <Late onFailure={() => settleStepUp(false)}>
      <StepUpDialog />
    </Late>
  );
}
