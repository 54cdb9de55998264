import { create } from 'zustand';

import { session } from '../../session';

/** A change of what belongs together that was made in this tab, and can be taken back. */
export interface MadeEdit {
  readonly id: string;
  /** What was done, in words. */
  readonly text: string;
  readonly undoableUntil: string;
}

/** What was changed in this tab, the newest first. The server tells of a change to whoever makes it, and lists none. */
export const useMadeEdits = create<{ readonly edits: readonly MadeEdit[] }>(() => ({ edits: [] }));

export const noteEdit = (edit: MadeEdit) => useMadeEdits.setState(({ edits }) => ({ edits: [edit, ...edits] }));

export const forgetEdit = (id: string) =>
  useMadeEdits.setState(({ edits }) => ({ edits: edits.filter((edit) => edit.id !== id) }));

session.onSignOut(() => useMadeEdits.setState({ edits: [] }));
