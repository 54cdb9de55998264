import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 10: a playlist, live. */
export default function Playlist() {
  const { t } = useTranslation();
  return <Page title={t("kind.Playlist")}>{null}</Page>;
}
