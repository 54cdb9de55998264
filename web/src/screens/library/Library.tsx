import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 8: what the viewer likes and keeps; the liked tracks first. */
export default function Library() {
  const { t } = useTranslation();
  return <Page title={t("nav.library")}>{null}</Page>;
}
