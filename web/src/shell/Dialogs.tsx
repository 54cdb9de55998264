import { AddToPlaylistDialog } from './AddToPlaylistDialog';
import { CommandPalette } from './CommandPalette';
import type { OpenDialog } from './dialogs';
import { ShareLinkDialog } from './ShareLinkDialog';
import { ShortcutsDialog } from './ShortcutsDialog';

/** The dialogs of any screen; loaded when the first one opens. */
export default function Dialogs({ dialog }: { dialog: OpenDialog }) {
  switch (dialog.kind) {
    case 'palette':
      return <CommandPalette />;
    case 'shortcuts':
      return <ShortcutsDialog />;
    case 'addToPlaylist':
      return <AddToPlaylistDialog what={dialog.what} />;
    case 'share':
      return <ShareLinkDialog shareable={dialog.shareable} />;
  }
}
