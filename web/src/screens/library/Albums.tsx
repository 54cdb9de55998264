import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 8: the saved albums. */
export default function Albums() {
  const { t } = useTranslation();
  return <Page title={t("nav.library")}>{null}</Page>;
}
