import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 11: the rules of a smart playlist. */
export default function SmartEditor() {
  const { t } = useTranslation();
  return <Page title={t("nav.playlists")}>{null}</Page>;
}
