import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 17: an album of the viewer, to be edited. */
export default function StudioAlbum() {
  const { t } = useTranslation();
  return <Page title={t("nav.studio")}>{null}</Page>;
}
