import { PartError, type PutPart } from './types';

/** Without a byte for so long, a request is given up and made again. */
const STALL_MS = 60_000;

/** Sends a part by XMLHttpRequest: `fetch` tells nothing of what is out already. */
export const putPart: PutPart = (part, bytes, onProgress, signal) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer = setTimeout(() => request.abort(), STALL_MS);
    const end = (act: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const onAbort = () => request.abort();
    signal.addEventListener('abort', onAbort);
    request.open('PUT', part.url);
    for (const { name, value } of part.headers) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), STALL_MS);
      onProgress(loaded);
    };
    request.onload = () =>
      end(() => {
        const etag = request.getResponseHeader('etag');
        if (request.status >= 200 && request.status < 300 && etag) resolve(etag);
        else reject(new PartError(request.status));
      });
    request.onerror = () => end(() => reject(new PartError(0)));
    request.onabort = () =>
      end(() => reject(signal.aborted ? new DOMException('aborted', 'AbortError') : new PartError(0)));
    if (signal.aborted) return end(() => reject(new DOMException('aborted', 'AbortError')));
    request.send(bytes);
  });
