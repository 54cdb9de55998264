import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 9: what the viewer has listened to. */
export default function History() {
  const { t } = useTranslation();
  return <Page title={t("nav.history")}>{null}</Page>;
}
