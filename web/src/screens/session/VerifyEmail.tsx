import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** VerifyEmail. */
export default function VerifyEmail() {
  const { t } = useTranslation();
  return <Page title={t("account")}>{null}</Page>;
}
