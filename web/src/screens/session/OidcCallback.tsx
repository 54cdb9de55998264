import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** OidcCallback. */
export default function OidcCallback() {
  const { t } = useTranslation();
  return <Page title={t("account")}>{null}</Page>;
}
