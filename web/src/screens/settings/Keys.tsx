import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Section } from '../../components/layout/Page';
import { Shortcuts } from '../../shell/ShortcutsDialog';
import { resetBindings } from '../../shortcuts/bindings';

/** Which keys do what; each can be changed. */
export default function Keys() {
  const { t } = useTranslation(['settings', 'common']);
  return (
    <Section
      title={t('settings:section.shortcuts')}
      action={
        <Button size="s" onClick={resetBindings}>
          {t('common:shortcuts.reset')}
        </Button>
      }
    >
      <Shortcuts />
    </Section>
  );
}
