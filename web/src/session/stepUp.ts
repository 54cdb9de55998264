import { create } from 'zustand';

/** Why the dialog is open: somebody waits for a proof. */
interface StepUpState {
  readonly isOpen: boolean;
}

export const useStepUp = create<StepUpState>(() => ({ isOpen: false }));

let asking: { readonly answer: Promise<boolean>; readonly settle: (isProved: boolean) => void } | null = null;

/** Asks the person to prove who they are. Several mutations that wait share one dialog. False: they have closed it. */
export function askStepUp(): Promise<boolean> {
  if (!asking) {
    let settle: (isProved: boolean) => void = () => {};
    const answer = new Promise<boolean>((resolve) => {
      settle = resolve;
    });
    asking = { answer, settle };
    useStepUp.setState({ isOpen: true });
  }
  return asking.answer;
}

/** Ends the asking: the dialog calls it once the server has accepted a proof, or when it is closed. */
export function settleStepUp(isProved: boolean): void {
  asking?.settle(isProved);
  asking = null;
  useStepUp.setState({ isOpen: false });
}

const CODE = 'STEP_UP_REQUIRED';

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly object[] | null | undefined;
}

const codeOf = (error: object) => (error as { extensions?: { code?: string } }).extensions?.code;

/** Whether a mutation was refused until the person proves who they are. Its document has to select `userErrors { code }`. */
export function needsStepUp({ data, errors }: Answer): boolean {
  if (errors?.some((error) => codeOf(error) === CODE)) return true;
  const payloads = Object.values((data ?? {}) as Record<string, { userErrors?: readonly { code?: string }[] } | null>);
  return payloads.some((payload) => payload?.userErrors?.some?.(({ code }) => code === CODE) ?? false);
}

/** Sends a mutation; when it needs a step-up asks for one, and sends it again. It was refused before it did anything. */
export async function withStepUp<T extends object>(send: () => Promise<T>): Promise<T> {
  try {
    const first = await send();
    return needsStepUp(first) && (await askStepUp()) ? send() : first;
  } catch (error) {
    if (needsStepUp({ errors: (error as Answer).errors }) && (await askStepUp())) return send();
    throw error;
  }
}
