import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 13: what plays, on the whole screen. */
export default function NowPlaying() {
  const { t } = useTranslation();
  return <Page title={t("openNowPlaying")}>{null}</Page>;
}
