import type { RequestParameters } from "relay-runtime";

/**
 * Whether requests carry the text of their document. Never in production: there a router answers documents by their ids only.
 * `VITE_DOCUMENTS=text npm run build` makes a build for a router without persisted documents.
 */
const SENDS_TEXT = import.meta.env.DEV || import.meta.env.VITE_DOCUMENTS === "text";

/** The body of a request, over HTTP and over sockets alike. */
export interface OperationBody {
  readonly documentId?: string;
  readonly query?: string;
  readonly operationName?: string;
  readonly variables: Record<string, unknown>;
}

/** What is sent for an operation that relay-compiler has made. */
export async function operationBody(params: RequestParameters, variables: object): Promise<OperationBody> {
  const values = { ...variables };
  if (SENDS_TEXT && params.id) {
    const { default: texts } = await import("../../persisted_queries.json");
    return { query: (texts as Record<string, string>)[params.id] ?? "", operationName: params.name, variables: values };
  }
  if (params.id) return { documentId: params.id, variables: values };
  // Only tests make operations that the compiler has not persisted.
  return { query: params.text ?? "", operationName: params.name, variables: values };
}
