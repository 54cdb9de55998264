import { ChevronLeft, ChevronRight } from 'lucide-react';
import { Children, type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { IconButton } from '../controls/Button';
import { Section } from './Page';
import styles from './Shelf.module.css';

export interface ShelfProps {
  readonly title: string;
  /** Where all of it is: a link. */
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** A row of cards that goes on beyond the edge: swiped, scrolled, or moved by its two buttons. */
export function Shelf({ title, action, children }: ShelfProps) {
  const { t } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  const [edges, setEdges] = useState({ start: true, end: true });
  const measure = useCallback(() => {
    const element = list.current;
    if (!element) return;
    const position = Math.abs(element.scrollLeft);
    const start = position < 4;
    const end = position + element.clientWidth > element.scrollWidth - 4;
    setEdges((last) => (last.start === start && last.end === end ? last : { start, end }));
  }, []);
  useEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    if (list.current) observer.observe(list.current);
    return () => observer.disconnect();
  }, [measure]);
  const turn = (pages: number) => {
    const element = list.current;
    const sign = document.documentElement.dir === 'rtl' ? -1 : 1;
    element?.scrollBy({ left: pages * sign * element.clientWidth * 0.9, behavior: 'smooth' });
  };
  return (
    <Section
      title={title}
      action={
        <div className={styles.controls}>
          {action}
          {!(edges.start && edges.end) && (
            <div className={styles.arrows}>
              <IconButton
                size="s"
                label={t('scrollBack', { title })}
                icon={<ChevronLeft size={20} className={styles.arrow} />}
                disabled={edges.start}
                onClick={() => turn(-1)}
              />
              <IconButton
                size="s"
                label={t('scrollOn', { title })}
                icon={<ChevronRight size={20} className={styles.arrow} />}
                disabled={edges.end}
                onClick={() => turn(1)}
              />
            </div>
          )}
        </div>
      }
    >
      <ul className={styles.shelf} ref={list} onScroll={measure}>
        {Children.map(children, (child) => (
          <li>{child}</li>
        ))}
      </ul>
    </Section>
  );
}

/** Cards in rows, as many in each as there is room for. For hundreds of cards use VirtualGrid. */
export function CardGrid({ children }: { children: ReactNode }) {
  return (
    <ul className={styles.grid}>
      {Children.map(children, (child) => (
        <li>{child}</li>
      ))}
    </ul>
  );
}
