import { useNavigate, useRouterState } from '@tanstack/react-router';
import { Search, X } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { IconButton } from '../components/controls/Button';
import styles from './SearchField.module.css';
import { useSuggestions } from './useSuggestions';

/** After the last letter, in milliseconds, before the screen of results follows. */
const SETTLE_MS = 250;

/** The search of the whole library: results follow while words are typed, titles are suggested below. */
export function SearchField() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const listId = useId();
  const { pathname, query } = useRouterState({
    select: (state) => ({
      pathname: state.location.pathname,
      query: (state.location.search as { q?: string }).q ?? '',
    }),
    structuralSharing: true,
  });
  const [text, setText] = useState(query);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const suggestions = useSuggestions(isOpen ? text : '');
  const shown = isOpen && suggestions.length > 0;
  /** What was sent from here and is on its way into the address. */
  const sent = useRef(new Set<string>());
  useEffect(() => {
    // It comes back as the address: what stands in the field may be more by now, and a blank at its end is no mistake.
    if (pathname === '/search' && sent.current.has(query)) return;
    clearTimeout(timer.current);
    sent.current.clear();
    setText(pathname === '/search' ? query : '');
  }, [pathname, query]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const go = (words: string, replace: boolean) => {
    clearTimeout(timer.current);
    setActive(-1);
    const wanted = words.trim();
    if (!wanted) return;
    sent.current.add(wanted);
    void navigate({ to: '/search', search: { q: wanted }, replace });
  };
  const type = (words: string) => {
    setText(words);
    setOpen(true);
    setActive(-1);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => go(words, pathname === '/search'), SETTLE_MS);
  };
  const choose = (words: string) => {
    setText(words);
    setOpen(false);
    go(words, pathname === '/search');
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setOpen(true);
      setActive((at) => Math.max(-1, Math.min(suggestions.length - 1, at + step)));
    } else if (event.key === 'Escape') setOpen(false);
    else if (event.key === 'Enter') {
      event.preventDefault();
      choose(suggestions[active] ?? text);
    }
  };
  return (
    <search
      className={styles.search}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}
    >
      <Search size={18} className={styles.icon} aria-hidden="true" />
      <input
        id="search"
        type="search"
        aria-label={t('search')}
        aria-controls={shown ? listId : undefined}
        aria-activedescendant={active >= 0 ? `${listId}-${active}` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={t('searchPlaceholder')}
        value={text}
        className={styles.input}
        onChange={(event) => type(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {text && (
        <IconButton
          size="s"
          className={styles.clear ?? ''}
          label={t('clearSearch')}
          icon={<X size={16} />}
          onClick={() => type('')}
        />
      )}
      {shown && (
        <ul id={listId} role="listbox" aria-label={t('suggestions')} className={styles.suggestions}>
          {suggestions.map((suggestion, index) => (
            <li
              key={suggestion}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === active}
              dir="auto"
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(suggestion)}
            >
              <Search size={14} aria-hidden="true" />
              {suggestion}
            </li>
          ))}
        </ul>
      )}
    </search>
  );
}
