import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 21: the settings, one section at a time. */
export default function Settings() {
  const { t } = useTranslation();
  return <Page title={t("nav.settings")}>{null}</Page>;
}
