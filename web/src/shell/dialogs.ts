import { create } from 'zustand';

/** What goes into a playlist: tracks, or all of an album or of another playlist. */
export type Addable = readonly string[] | { readonly albumId: string } | { readonly fromPlaylistId: string };

/** What a share link can lead to, and what it is called. */
export interface Shareable {
  readonly what: { readonly albumId: string } | { readonly trackIds: readonly string[] };
  readonly title: string;
}

/** The dialogs that can open on any screen. */
export type OpenDialog =
  | { readonly kind: 'palette' }
  | { readonly kind: 'shortcuts' }
  | { readonly kind: 'addToPlaylist'; readonly what: Addable }
  | { readonly kind: 'share'; readonly shareable: Shareable };

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
export const openShare = (shareable: Shareable) => openDialog({ kind: 'share', shareable });
/** Opens a panel, or closes it when it is open. */
export const togglePanel = (panel: Panel) =>
  useShell.setState((state) => ({ panel: state.panel === panel ? null : panel }));
export const closePanel = () => useShell.setState({ panel: null });
