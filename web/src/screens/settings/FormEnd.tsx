import { Button } from '../../components/controls/Button';
import styles from './Settings.module.css';

export interface FormEndProps {
  readonly form: { readonly isBusy: boolean; readonly isDone: boolean; readonly error: () => string | null };
  readonly submit: string;
  /** What is said when it was done. */
  readonly done: string;
  readonly variant?: 'primary' | 'danger';
}

/** The end of a form: its button, and what came of it. */
export function FormEnd({ form, submit, done, variant = 'primary' }: FormEndProps) {
  const error = form.error();
  return (
    <>
      {error && (
        <p role="alert" className={styles.error}>
          {error}
        </p>
      )}
      <Button type="submit" variant={variant} busy={form.isBusy}>
        {submit}
      </Button>
      <p role="status" className={styles.done}>
        {form.isDone && !form.isBusy ? done : ''}
      </p>
    </>
  );
}
