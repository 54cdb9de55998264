import { SameFileError, UnreadableError } from './transfer';
import {
  RefusedError,
  type ServerUpload,
  TryLaterError,
  type UploadPhase,
  type UploadProblem,
  type UploadProblemCode,
} from './types';

const problem = (code: UploadProblemCode, canRetry: boolean, detail: string | null = null): UploadProblem => ({
  code,
  canRetry,
  detail,
});

/** Codes of the API that have words of their own, and whether trying again can help. */
const REFUSALS: Readonly<Record<string, readonly [UploadProblemCode, boolean]>> = {
  MEDIA_TOO_LARGE: ['MEDIA_TOO_LARGE', false],
  UNSUPPORTED_MEDIA: ['UNSUPPORTED_MEDIA', false],
  CHECKSUM_MISMATCH: ['CHECKSUM_MISMATCH', true],
  QUOTA_EXCEEDED: ['QUOTA_EXCEEDED', true],
  NOT_ALLOWED: ['NOT_ALLOWED', false],
  FORBIDDEN: ['NOT_ALLOWED', false],
};

/** Why a transfer ended without its goal. */
export function problemOf(error: unknown): UploadProblem {
  if (error instanceof SameFileError) return problem('SAME_FILE', false);
  if (error instanceof UnreadableError) return problem('UNREADABLE', true);
  if (error instanceof TryLaterError) return problem('NETWORK', true);
  if (error instanceof RefusedError) {
    const [code, canRetry] = REFUSALS[error.code] ?? (['UNEXPECTED', true] as const);
    return problem(code, canRetry, error.message);
  }
  return problem('UNEXPECTED', true, error instanceof Error ? error.message : null);
}

/** What the server's state of an upload means in the list; `hasFile`: this tab can send what is missing. */
export function phaseOf(
  upload: ServerUpload,
  hasFile: boolean,
): { readonly phase: UploadPhase; readonly problem: UploadProblem | null } {
  const { state, job } = upload;
  switch (state) {
    case 'AWAITING_BYTES':
      return { phase: hasFile ? 'sending' : 'interrupted', problem: null };
    case 'READY':
      return { phase: 'ready', problem: null };
    case 'REJECTED': {
      const [code] = REFUSALS[upload.rejectedBecause ?? ''] ?? (['UNSUPPORTED_MEDIA'] as const);
      return { phase: 'rejected', problem: problem(code, false, job?.failedBecause ?? null) };
    }
    case 'EXPIRED':
      if (job?.state === 'CANCELLED') return { phase: 'cancelled', problem: null };
      return { phase: 'failed', problem: problem('EXPIRED', hasFile) };
    default:
      if (job?.state === 'FAILED')
        return { phase: 'failed', problem: problem('ENCODING_FAILED', true, job.failedBecause) };
      if (job?.state === 'CANCELLED') return { phase: 'cancelled', problem: null };
      return { phase: 'processing', problem: null };
  }
}
