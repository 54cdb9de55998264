import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { copyText } from '../../browser/copyText';
import { Button } from '../../components/controls/Button';

const SHOWN_MS = 2_000;

/** Copies a text; says so, also to screen readers. */
export function CopyButton({ text }: { text: string }) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(text))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <div>
      <Button size="s" icon={isCopied ? <Check size={16} /> : <Copy size={16} />} onClick={() => void copy()}>
        {t(isCopied ? 'copied' : 'copy')}
      </Button>
      <span className="visually-hidden" role="status">
        {isCopied ? t('copied') : ''}
      </span>
    </div>
  );
}
