/**
 * Whether this page may use passkeys: browsers allow them with TLS, and on this machine, for names alone: a passkey cannot belong
 * to an address in figures.
 */
export const hasPasskeys = () =>
  !/^(\[|[\d.]+$)/.test(location.hostname) &&
  typeof PublicKeyCredential !== 'undefined' &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function';

/** Has an authenticator sign. Null: the person has changed their mind, or has no passkey for this server. */
export async function signWithPasskey(options: string): Promise<string | null> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options));
  try {
    const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential | null;
    return credential && JSON.stringify(credential.toJSON());
  } catch (error) {
    if (error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError')) return null;
    throw error;
  }
}

/** Has an authenticator make a passkey. Null: the person has changed their mind. */
export async function makePasskey(options: string): Promise<string | null> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(options));
  try {
    const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential | null;
    return credential && JSON.stringify(credential.toJSON());
  } catch (error) {
    if (error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError')) return null;
    throw error;
  }
}
