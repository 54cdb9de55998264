import styles from './Uploads.module.css';

/** How far something is. */
export function ProgressBar({
  label,
  value,
  max,
  tone,
}: {
  label: string;
  value: number;
  max: number;
  tone?: 'accent' | 'calm';
}) {
  const share = max > 0 ? Math.min(1, value / max) : 0;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(share * 100)}
      className={styles.progress}
      data-tone={tone}
    >
      <span style={{ inlineSize: `${share * 100}%` }} />
    </div>
  );
}
