import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** ResetPassword. */
export default function ResetPassword() {
  const { t } = useTranslation();
  return <Page title={t("account")}>{null}</Page>;
}
