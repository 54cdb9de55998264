import type { CSSProperties, KeyboardEvent } from 'react';

import { classes } from '../classes';
import styles from './Slider.module.css';

export interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly min?: number;
  readonly max: number;
  readonly step?: number;
  /** How far an arrow key goes, where that is more than a step; the page keys go six times as far. */
  readonly keyStep?: number;
  /** The value in words, for screen readers: "1 minute 20 seconds". */
  readonly valueText?: string;
  /** How far a second, fainter bar reaches: what is loaded. */
  readonly buffered?: number;
  readonly disabled?: boolean;
  readonly className?: string;
  readonly onChange: (value: number) => void;
  /** The thumb was let go, or a key was pressed. */
  readonly onCommit?: (value: number) => void;
}

/** A value on a line: seeking, volume. The browser's own, so that keys, touch and screen readers work as people know them. */
export function Slider(props: SliderProps) {
  const {
    label,
    value,
    min = 0,
    max,
    step = 1,
    keyStep,
    valueText,
    buffered,
    disabled,
    className,
    onChange,
    onCommit,
  } = props;
  const share = (part: number) => (max > min ? Math.min(1, Math.max(0, (part - min) / (max - min))) : 0);
  const commit = (event: { currentTarget: HTMLInputElement }) => onCommit?.(Number(event.currentTarget.value));
  const move = (event: KeyboardEvent<HTMLInputElement>) => {
    const steps = keyStep ? stepsOf(event.key, document.documentElement.dir === 'rtl') : 0;
    if (!keyStep || steps === 0) return;
    event.preventDefault();
    onChange(Math.min(max, Math.max(min, value + steps * keyStep)));
  };
  return (
    <input
      type="range"
      className={classes(styles.slider, className)}
      aria-label={label}
      aria-valuetext={valueText}
      min={min}
      max={max}
      step={step}
      value={value}
      disabled={disabled}
      style={{ '--share': share(value), '--buffered': share(buffered ?? min) } as CSSProperties}
      onChange={(event) => onChange(Number(event.target.value))}
      onKeyDown={move}
      onPointerUp={commit}
      onKeyUp={commit}
    />
  );
}

/** How many steps a key goes, and which way; 0: it is none of those. Where one reads from right to left, left is more. */
function stepsOf(key: string, isRightToLeft: boolean): number {
  const forward = isRightToLeft ? -1 : 1;
  const steps: Partial<Record<string, number>> = {
    ArrowRight: forward,
    ArrowLeft: -forward,
    ArrowUp: 1,
    ArrowDown: -1,
    PageUp: 6,
    PageDown: -6,
  };
  return steps[key] ?? 0;
}
