import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 19: a person's page. */
export default function Person() {
  const { t } = useTranslation();
  return <Page title={t("account")}>{null}</Page>;
}
