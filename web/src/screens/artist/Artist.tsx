import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Artist. */
export default function Artist() {
  const { t } = useTranslation();
  return <Page title={t("kind.Artist")}>{null}</Page>;
}
