import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** ForgotPassword. */
export default function ForgotPassword() {
  const { t } = useTranslation();
  return <Page title={t("account")}>{null}</Page>;
}
