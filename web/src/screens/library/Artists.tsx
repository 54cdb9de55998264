import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 8: the followed artists. */
export default function Artists() {
  const { t } = useTranslation();
  return <Page title={t("nav.library")}>{null}</Page>;
}
