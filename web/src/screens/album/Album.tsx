import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Album. */
export default function Album() {
  const { t } = useTranslation();
  return <Page title={t("kind.Album")}>{null}</Page>;
}
