/** A file is no text, or longer than it may be; `code` says which. */
export class TextError extends Error {
  override readonly name = 'TextError';

  constructor(readonly code: 'NOT_UNICODE' | 'TOO_LONG') {
    super(code);
  }
}

/**
 * The text of a file of at most `maxBytes` bytes: UTF-8, or UTF-16 with its mark. Older encodings cannot be told apart, and what
 * they would become stays wrong for good. Rejects with `TextError`, or as the browser does where it cannot read.
 */
export async function unicodeText(file: Blob, maxBytes: number): Promise<string> {
  if (file.size > maxBytes) throw new TextError('TOO_LONG');
  const bytes = new Uint8Array(await file.arrayBuffer());
  const [first, second] = bytes;
  const label =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    throw new TextError('NOT_UNICODE');
  }
}
