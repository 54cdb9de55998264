import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 14: the devices as a page, for phones and links. */
export default function Devices() {
  const { t } = useTranslation();
  return <Page title={t("command.devices")}>{null}</Page>;
}
