import { useTranslation } from 'react-i18next';

import { LinkButton } from './LinkButton';

/** What somebody without an account does with a link; `next`: the address that they come back to. */
export function SignInToListen({ next }: { next: string }) {
  const { t } = useTranslation('playlists');
  return (
    <>
      <LinkButton to="/sign-in" search={{ next }} isPrimary>
        {t('signInToListen')}
      </LinkButton>
      <LinkButton to="/register" search={{ next }}>
        {t('register')}
      </LinkButton>
    </>
  );
}
