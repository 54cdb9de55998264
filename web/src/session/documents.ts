import { graphql, type RequestParameters } from 'relay-runtime';
import { request } from '../relay/http';
import type { documentsRefreshMutation$data } from './__generated__/documentsRefreshMutation.graphql';

const refresh = graphql`
  mutation documentsRefreshMutation($refreshToken: String!) {
    refreshTokens(refreshToken: $refreshToken) {
      tokens {
        accessToken
        accessTokenExpiresAt
        refreshToken
        refreshTokenExpiresAt
      }
      userErrors {
        code
      }
    }
  }
`;

const logout = graphql`
  mutation documentsLogoutMutation {
    logout {
      ok
    }
  }
`;

/** Tokens as `AuthPayload.tokens` has them. */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: string;
  readonly refreshToken: string;
  readonly refreshTokenExpiresAt: string;
}

/** What became of a refresh token: new tokens, or the session is over. Network errors reject. */
export type Refreshed = { readonly tokens: IssuedTokens } | { readonly ended: string };

/** What the session asks of the server. */
export interface SessionApi {
  refresh(refreshToken: string): Promise<Refreshed>;
  logout(accessToken: string): Promise<void>;
}

const paramsOf = (document: unknown): RequestParameters => (document as { params: RequestParameters }).params;

export const serverSessionApi: SessionApi = {
  async refresh(refreshToken) {
    const { data } = (await request(paramsOf(refresh), { refreshToken }, null)) as {
      data: documentsRefreshMutation$data;
    };
    const { tokens, userErrors } = data.refreshTokens;
    return tokens ? { tokens } : { ended: userErrors[0]?.code ?? 'INVALID_TOKEN' };
  },
  async logout(accessToken) {
    const source = { accessToken: async () => accessToken, refused: async () => false };
    await request(paramsOf(logout), {}, source);
  },
};
