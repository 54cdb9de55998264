import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** SignIn. */
export default function SignIn() {
  const { t } = useTranslation();
  return <Page title={t("account")}>{null}</Page>;
}
