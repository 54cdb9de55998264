import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 15: a listening party from inside. */
export default function Party() {
  const { t } = useTranslation();
  return <Page title={t("nav.party")}>{null}</Page>;
}
