import { AddToPlaylistDialog } from "./AddToPlaylistDialog";
import type { OpenDialog } from "./dialogs";
import { CommandPalette } from "./CommandPalette";
import { ShortcutsDialog } from "./ShortcutsDialog";

/** The dialogs of any screen; loaded when the first one opens. */
export default function Dialogs({ dialog }: { dialog: OpenDialog }) {
  switch (dialog.kind) {
    case "palette":
      return <CommandPalette />;
    case "shortcuts":
      return <ShortcutsDialog />;
    case "addToPlaylist":
      return <AddToPlaylistDialog trackIds={dialog.trackIds} />;
  }
}
