import type { RequestParameters } from 'relay-runtime';

/**
 * Whether requests carry the text of their document. Never in production: there a router answers documents by their ids only.
 * `VITE_DOCUMENTS=text npm run build` makes a build for a router without persisted documents.
 */
const SENDS_TEXT = import.meta.env.DEV || import.meta.env.VITE_DOCUMENTS === 'text';

/** The body of a request, over HTTP and over sockets alike. */
export interface OperationBody {
  readonly documentId?: string;
  readonly query?: string;
  readonly operationName?: string;
  readonly variables: Record<string, unknown>;
}

let texts: Promise<Record<string, string>> | undefined;

/** The texts by their ids: a file of the development server, or a part of a build that sends them. */
function loadTexts(): Promise<Record<string, string>> {
  if (import.meta.env.DEV) return fetch('/persisted_queries.json', { cache: 'no-store' }).then((file) => file.json());
  return import('../../persisted_queries.json').then((file) => file.default as Record<string, string>);
}

async function textOf(id: string): Promise<string> {
  texts ??= loadTexts();
  const known = (await texts)[id];
  if (known) return known;
  // A document that was compiled after the page was loaded.
  texts = loadTexts();
  return (await texts)[id] ?? '';
}

/** What is sent for an operation that relay-compiler has made. */
export async function operationBody(params: RequestParameters, variables: object): Promise<OperationBody> {
  const values = { ...variables };
  if (SENDS_TEXT && params.id) return { query: await textOf(params.id), operationName: params.name, variables: values };
  if (params.id) return { documentId: params.id, variables: values };
  // Only tests make operations that the compiler has not persisted.
  return { query: params.text ?? '', operationName: params.name, variables: values };
}
