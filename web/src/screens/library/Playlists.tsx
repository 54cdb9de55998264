import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 8: the viewer's playlists. */
export default function Playlists() {
  const { t } = useTranslation();
  return <Page title={t("nav.playlists")}>{null}</Page>;
}
