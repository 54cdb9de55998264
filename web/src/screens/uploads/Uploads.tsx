import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 16: uploads, and what becomes of them. */
export default function Uploads() {
  const { t } = useTranslation();
  return <Page title={t("nav.uploads")}>{null}</Page>;
}
