import { useTranslation } from "react-i18next";

import { Page } from "../../components/layout/Page";

/** Screen 12: the queue as a page, for phones and links. */
export default function Queue() {
  const { t } = useTranslation();
  return <Page title={t("command.queue")}>{null}</Page>;
}
