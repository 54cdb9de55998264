import { create } from 'zustand';

import type { Collected } from '../../uploads';

interface LeftOut {
  /** What was chosen and not taken: pictures and texts of folders, and what could not be read. */
  readonly names: readonly string[];
  readonly note: (collected: Collected) => void;
}

/** What the last choice left out, however it was made. */
export const useLeftOut = create<LeftOut>((set) => ({
  names: [],
  note: ({ leftOut, unreadable }) => set({ names: [...unreadable, ...leftOut] }),
}));
