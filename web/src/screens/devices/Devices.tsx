import { useTranslation } from 'react-i18next';

import { Page, Section } from '../../components/layout/Page';
import { PrivateSwitch } from '../../components/playing/PrivateSwitch';
import { AddPhone } from './AddPhone';
import { DeviceList } from './DeviceList';

/** Screen 14: the devices as a page, for phones and links, with a way to add a phone. */
export default function Devices() {
  const { t } = useTranslation(['common', 'player']);
  return (
    <Page title={t('common:command.devices')} width="narrow">
      <DeviceList />
      <PrivateSwitch />
      <Section title={t('player:phone.title')}>
        <AddPhone />
      </Section>
    </Page>
  );
}
