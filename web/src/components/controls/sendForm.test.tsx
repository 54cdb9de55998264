import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useActionState } from 'react';
import { expect, test } from 'vitest';

import { sendForm } from './sendForm';

function Form() {
  const [refusal, submit] = useActionState(
    async (_: string | null, form: FormData) => `${String(form.get('name'))} is taken`,
    null,
  );
  return (
    <form onSubmit={sendForm(submit)}>
      <label>
        Name <input name="name" />
      </label>
      <button type="submit">Save</button>
      <p role="status">{refusal}</p>
    </form>
  );
}

test('what was typed is sent, and stays when it is refused', async () => {
  render(<Form />);
  const name = screen.getByRole<HTMLInputElement>('textbox', { name: 'Name' });
  await userEvent.type(name, 'Nina');
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Nina is taken')).toBeTruthy();
  expect(name.value).toBe('Nina');
});
