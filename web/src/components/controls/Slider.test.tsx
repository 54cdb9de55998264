import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, test, vi } from 'vitest';

import { Slider } from './Slider';

function Seek({ onCommit }: { onCommit: (value: number) => void }) {
  const [value, setValue] = useState(60_000);
  return (
    <Slider
      label="Position"
      value={value}
      max={90_000}
      step={1000}
      keyStep={5000}
      onChange={setValue}
      onCommit={onCommit}
    />
  );
}

test('keys go as far as a person means, and not over the end', async () => {
  const onCommit = vi.fn();
  render(<Seek onCommit={onCommit} />);
  screen.getByRole('slider', { name: 'Position' }).focus();
  await userEvent.keyboard('{ArrowRight}{ArrowLeft}{ArrowLeft}{PageUp}{PageUp}');
  expect(onCommit.mock.calls.flat()).toEqual([65_000, 60_000, 55_000, 85_000, 90_000]);
});
