import { type FormEvent, startTransition } from 'react';

/**
 * For the `onSubmit` of a form: hands on what stands in it, and leaves it there. React empties a form that has an `action`
 * whatever came of it, so that whoever is refused would have to type all of it again.
 */
export function sendForm(send: (form: FormData) => void) {
  return (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget);
    startTransition(() => send(typed));
  };
}
