/** A picture that the media service keeps: it gives it in any of its widths. One of another address is taken as it is. */
const OWN = /\/v1\/images\/[^/?#]+$/;

/** Whether a picture can be asked for in widths. */
export const hasSizes = (url: string) => OWN.test(url);

/** The address of a picture at one width, in pixels; of one that has no sizes, its own. */
export const atWidth = (url: string, width: number) => (hasSizes(url) ? `${url}?size=${width}` : url);
