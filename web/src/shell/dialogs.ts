import { create } from 'zustand';

/** What goes into a playlist: tracks, or all of an album or of another playlist. */
export type Addable = readonly string[] | { readonly albumId: string } | { readonly fromPlaylistId: string };

/** The dialogs that can open on any screen. */
export type OpenDialog =
  | { readonly kind: 'palette' }
  | { readonly kind: 'shortcuts' }
  | { readonly kind: 'addToPlaylist'; readonly what: Addable };

/** Panels beside the screen. */
export type Panel = 'queue' | 'devices' | 'lyrics';

interface ShellState {
  readonly dialog: OpenDialog | null;
  readonly panel: Panel | null;
}

export const useShell = create<ShellState>(() => ({ dialog: null, panel: null }));

export const openDialog = (dialog: OpenDialog) => useShell.setState({ dialog });
export const closeDialog = () => useShell.setState({ dialog: null });
export const openAddToPlaylist = (what: Addable) => openDialog({ kind: 'addToPlaylist', what });
/** Opens a panel, or closes it when it is open. */
export const togglePanel = (panel: Panel) =>
  useShell.setState((state) => ({ panel: state.panel === panel ? null : panel }));
export const closePanel = () => useShell.setState({ panel: null });
