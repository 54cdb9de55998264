import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Genre. */
export default function Genre() {
  const { t } = useTranslation();
  return <Page title={t("nav.explore")}>{null}</Page>;
}
