import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 17: a track of the viewer with its lyrics, to be edited. */
export default function StudioTrack() {
  const { t } = useTranslation();
  return <Page title={t("nav.studio")}>{null}</Page>;
}
