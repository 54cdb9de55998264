import { create } from 'zustand';

/** The dialogs that can open on any screen. */
export type OpenDialog =
  | { readonly kind: 'palette' }
  | { readonly kind: 'shortcuts' }
  | { readonly kind: 'addToPlaylist'; readonly trackIds: readonly string[] };

/** Panels beside the screen. */
export type Panel = 'queue' | 'devices' | 'lyrics';

interface ShellState {
  readonly dialog: OpenDialog | null;
  readonly panel: Panel | null;
}

export const useShell = create<ShellState>(() => ({ dialog: null, panel: null }));

export const openDialog = (dialog: OpenDialog) => useShell.setState({ dialog });
export const closeDialog = () => useShell.setState({ dialog: null });
export const openAddToPlaylist = (trackIds: readonly string[]) => openDialog({ kind: 'addToPlaylist', trackIds });
/** Opens a panel, or closes it when it is open. */
export const togglePanel = (panel: Panel) =>
  useShell.setState((state) => ({ panel: state.panel === panel ? null : panel }));
export const closePanel = () => useShell.setState({ panel: null });
