import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 6: a track with its waveform, lyrics, similar tracks, radio and download. */
export default function Track() {
  const { t } = useTranslation();
  return <Page title={t("kind.Track")}>{null}</Page>;
}
