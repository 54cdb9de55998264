import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 15: the way into a party, for whoever has its code. */
export default function Join() {
  const { t } = useTranslation();
  return <Page title={t("nav.party")}>{null}</Page>;
}
