import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Register. */
export default function Register() {
  const { t } = useTranslation();
  return <Page title={t("account")}>{null}</Page>;
}
