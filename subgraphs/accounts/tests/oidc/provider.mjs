// An OpenID Connect provider for tests, on a free port that it prints. Whom the request's login_hint names is signed in at once:
// "verified:nina@example.org" has shown that the address is theirs, "unverified:…" has not, of "silent:…" nothing is said; groups
// may follow: "verified:nina@example.org:choir,staff". The first argument is a JSON object with the shape of the provider:
//   idTokenAlg      how ID tokens are signed (RS256)
//   clientAuth      how the client shows its secret (client_secret_basic)
//   userinfoOnly    the ID token holds nothing but the subject
//   keysWithoutIds  the key set names no key, and has several
import http from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { Provider } from 'oidc-provider';

const shape = JSON.parse(process.argv[2] ?? '{}');
const key = (type, options, alg) => {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg };
};
const keys = [
  key('rsa', { modulusLength: 2048 }, 'RS256'),
  key('rsa', { modulusLength: 2048 }, 'RS256'),
  key('ec', { namedCurve: 'P-256' }, 'ES256'),
];
const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [
      {
        client_id: 'polyphony',
        client_secret: 'a-secret-of-tests-that-is-long-enough',
        redirect_uris: ['http://127.0.0.1/back'],
        id_token_signed_response_alg: shape.idTokenAlg ?? 'RS256',
        token_endpoint_auth_method: shape.clientAuth ?? 'client_secret_basic',
      },
    ],
    ...(shape.clientAuth ? { clientAuthMethods: [shape.clientAuth] } : {}),
    jwks: { keys },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'HS256'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    conformIdTokenClaims: shape.userinfoOnly ?? false,
    cookies: { keys: ['tests'] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, sub) => {
      const [kind, email, groups] = sub.split(':');
      const said = kind === 'silent' ? {} : { email_verified: kind === 'verified' };
      const claims = { sub, email, ...said, name: 'Somebody From There', ...(groups === undefined ? {} : { groups: groups.split(',') }) };
      return { accountId: sub, claims: () => claims };
    },
  });
  const handle = provider.callback();
  server.on('request', async (request, response) => {
    if (shape.keysWithoutIds && request.url === '/jwks') {
      const bare = keys.map(({ kty, use, alg, n, e, crv, x, y }) => ({ kty, use, alg, n, e, crv, x, y }));
      response.setHeader('content-type', 'application/json');
      return response.end(JSON.stringify({ keys: bare }));
    }
    if (!request.url.startsWith('/interaction/')) return handle(request, response);
    const { params } = await provider.interactionDetails(request, response);
    const grant = new provider.Grant({ accountId: params.login_hint, clientId: params.client_id });
    grant.addOIDCScope('openid email profile');
    const result = { login: { accountId: params.login_hint }, consent: { grantId: await grant.save() } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  });
  console.log(port);
});
