/** What has to be remembered while the person is at the provider. In session storage: for this tab only, in no URL. */
export interface OidcLogin {
  readonly state: string;
  readonly verifier: string | null;
  /** Where the person wanted to go. */
  readonly next: string;
  readonly invitation: string | null;
}

const KEY = 'polyphony.oidc';

/** Where providers send people back to; operators configure it as `redirect_uris`. */
export const callbackUrl = () => new URL('/sign-in/callback', location.origin).href;

export const keepOidcLogin = (login: OidcLogin) => sessionStorage.setItem(KEY, JSON.stringify(login));

/** What was kept, once; null: nothing, or the answer is to another question. */
export function takeOidcLogin(state: string): OidcLogin | null {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  const login = kept ? (JSON.parse(kept) as OidcLogin) : null;
  return login?.state === state ? login : null;
}
