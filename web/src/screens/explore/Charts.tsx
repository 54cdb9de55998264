import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Charts. */
export default function Charts() {
  const { t } = useTranslation();
  return <Page title={t("nav.explore")}>{null}</Page>;
}
