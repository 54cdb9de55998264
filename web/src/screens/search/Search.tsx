import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Search. */
export default function Search() {
  const { t } = useTranslation();
  return <Page title={t("search")}>{null}</Page>;
}
