import { UserPlus, X } from "lucide-react";
import { useActionState } from "react";
import { useTranslation } from "react-i18next";
import { graphql, useFragment } from "react-relay";

import { Cover } from "../../components/cards/Cover";
import { Button, IconButton } from "../../components/controls/Button";
import { Dialog } from "../../components/controls/Dialog";
import { Select, TextField } from "../../components/controls/TextField";
import { toast } from "../../components/feedback/toasts";
import { usePromisedMutation } from "../../relay/usePromisedMutation";
import type { CollaboratorsDialog_playlist$key } from "./__generated__/CollaboratorsDialog_playlist.graphql";
import type { CollaboratorsDialogMutation, PlaylistRole } from "./__generated__/CollaboratorsDialogMutation.graphql";
import styles from "./Playlist.module.css";
import { useFindPerson } from "./useFindPerson";

/** Lets somebody see or edit a playlist, or takes that back (null). Gives what was wrong, or null. */
export function useSetCollaborator(playlistId: string) {
  const { t } = useTranslation();
  const commit = usePromisedMutation<CollaboratorsDialogMutation>(graphql`
    mutation CollaboratorsDialogMutation($playlistId: ID!, $userId: ID!, $role: PlaylistRole) {
      setPlaylistCollaborator(playlistId: $playlistId, userId: $userId, role: $role) {
        playlist {
          id
          version
          ...CollaboratorsDialog_playlist
          ...CollaboratorFaces_playlist
        }
        userErrors {
          message
        }
      }
    }
  `);
  return async (userId: string, role: PlaylistRole | null) => {
    const payload = (await commit({ variables: { playlistId, userId, role } }))?.setPlaylistCollaborator;
    return payload && payload.userErrors.length === 0 ? null : (payload?.userErrors[0]?.message ?? t("actionFailed"));
  };
}

/** Who may work on a playlist with its owner. */
export function CollaboratorsDialog({ playlist, onClose }: { playlist: CollaboratorsDialog_playlist$key; onClose: () => void }) {
  const { t } = useTranslation(["playlists", "common"]);
  const data = useFragment(
    graphql`
      fragment CollaboratorsDialog_playlist on Playlist {
        id
        collaborators {
          role
          user {
            id
            displayName
            handle
            avatarUrl
          }
        }
      }
    `,
    playlist,
  );
  const set = useSetCollaborator(data.id);
  const change = async (userId: string, role: PlaylistRole | null) => {
    const error = await set(userId, role);
    if (error) toast(error, { tone: "error" });
  };
  const roles = (["EDITOR", "VIEWER"] as const).map((value) => ({ value, label: t(`playlists:role.${value}`) }));
  return (
    <Dialog title={t("playlists:collaborators")} onClose={onClose}>
      <Invite onInvite={(userId) => set(userId, "EDITOR")} />
      <ul className={styles.collaborators}>
        {data.collaborators.map(({ role, user }) =>
          user ? (
            <li key={user.id}>
              <Cover url={user.avatarUrl as string | null} title={user.displayName} shape="round" sizes="2.5rem" />
              <div>
                <strong dir="auto">{user.displayName}</strong>
                <small>@{user.handle}</small>
              </div>
              <Select
                label={t("playlists:roleOf", { name: user.displayName })}
                hideLabel
                options={roles}
                value={role}
                onChange={(value) => void change(user.id, value as PlaylistRole)}
              />
              <IconButton label={t("playlists:removePerson", { name: user.displayName })} icon={<X size={18} />} onClick={() => void change(user.id, null)} />
            </li>
          ) : null,
        )}
      </ul>
    </Dialog>
  );
}

/** Finds somebody by handle, or by the link of their page. */
function Invite({ onInvite }: { onInvite: (userId: string) => Promise<string | null> }) {
  const { t } = useTranslation("playlists");
  const find = useFindPerson();
  const [error, invite, isBusy] = useActionState(async (_: string | null, form: FormData) => {
    const found = await find(String(form.get("person")));
    if (found.kind === "person") return onInvite(found.id);
    return found.kind === "notAllowed" ? t("handleNotAllowed") : t("nobodyFound");
  }, null);
  return (
    <form action={invite} className={styles.invite}>
      <TextField label={t("handle")} name="person" required autoComplete="off" autoCapitalize="none" spellCheck={false} error={error} hint={t("handleHint")} dir="ltr" />
      <Button type="submit" variant="primary" icon={<UserPlus size={18} />} busy={isBusy}>
        {t("add")}
      </Button>
    </form>
  );
}
