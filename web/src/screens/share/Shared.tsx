import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 20: a playlist by its share link, for everybody. */
export default function Shared() {
  const { t } = useTranslation();
  return <Page title={t("kind.Playlist")}>{null}</Page>;
}
