import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Home. */
export default function Home() {
  const { t } = useTranslation();
  return <Page title={t("nav.home")}>{null}</Page>;
}
