// An OpenID Connect provider for tests, on a free port that it prints. Whom the request's login_hint names is signed in at once:
// "verified:nina@example.org" has shown that the address is theirs, "unverified:…" has not.
import http from 'node:http';
import { Provider } from 'oidc-provider';

const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [{ client_id: 'polyphony', client_secret: 'a-secret-of-tests', redirect_uris: ['http://127.0.0.1/back'] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['tests'] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, sub) => {
      const [kind, email] = sub.split(':');
      const claims = { sub, email, email_verified: kind === 'verified', name: 'Somebody From There' };
      return { accountId: sub, claims: () => claims };
    },
  });
  const handle = provider.callback();
  server.on('request', async (request, response) => {
    if (!request.url.startsWith('/interaction/')) return handle(request, response);
    const { params } = await provider.interactionDetails(request, response);
    const grant = new provider.Grant({ accountId: params.login_hint, clientId: params.client_id });
    grant.addOIDCScope('openid email profile');
    const result = { login: { accountId: params.login_hint }, consent: { grantId: await grant.save() } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  });
  console.log(port);
});
