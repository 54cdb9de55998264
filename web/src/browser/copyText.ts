/**
 * Puts a text on the clipboard; tells whether it is there. Pages without TLS have no `navigator.clipboard`: there a field that
 * nobody sees is copied, which has to happen within the click.
 */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const focused = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.className = 'visually-hidden';
  // Inside a dialog: what is outside cannot have the focus.
  (focused?.closest('[role="dialog"], dialog') ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}
