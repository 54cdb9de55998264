import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 17: what the viewer publishes. */
export default function Studio() {
  const { t } = useTranslation();
  return <Page title={t("nav.studio")}>{null}</Page>;
}
