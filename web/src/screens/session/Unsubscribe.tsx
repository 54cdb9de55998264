import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Unsubscribe. */
export default function Unsubscribe() {
  const { t } = useTranslation();
  return <Page title={t("account")}>{null}</Page>;
}
