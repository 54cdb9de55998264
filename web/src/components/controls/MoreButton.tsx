import { useTranslation } from 'react-i18next';

import { Button } from './Button';

export interface MoreButtonProps {
  readonly hasNext: boolean;
  readonly isLoadingNext: boolean;
  readonly loadNext: () => unknown;
}

/** Shows more of a list; nothing at its end. */
export function MoreButton({ hasNext, isLoadingNext, loadNext }: MoreButtonProps) {
  const { t } = useTranslation();
  if (!hasNext) return null;
  return (
    <div>
      <Button busy={isLoadingNext} onClick={() => void loadNext()}>
        {t('more')}
      </Button>
    </div>
  );
}
