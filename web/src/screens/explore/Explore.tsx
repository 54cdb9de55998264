import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Explore. */
export default function Explore() {
  const { t } = useTranslation();
  return <Page title={t("nav.explore")}>{null}</Page>;
}
