import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 18: what plays without a network. */
export default function Offline() {
  const { t } = useTranslation();
  return <Page title={t("nav.offline")}>{null}</Page>;
}
