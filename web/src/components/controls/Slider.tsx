import type { CSSProperties } from 'react';

import { classes } from '../classes';
import styles from './Slider.module.css';

export interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly min?: number;
  readonly max: number;
  readonly step?: number;
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
  const { label, value, min = 0, max, step = 1, valueText, buffered, disabled, className, onChange, onCommit } = props;
  const share = (part: number) => (max > min ? Math.min(1, Math.max(0, (part - min) / (max - min))) : 0);
  const commit = (event: { currentTarget: HTMLInputElement }) => onCommit?.(Number(event.currentTarget.value));
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
      onPointerUp={commit}
      onKeyUp={commit}
    />
  );
}
