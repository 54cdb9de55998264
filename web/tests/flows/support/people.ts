import { type APIRequestContext, type Browser, type BrowserContext, expect, type Page } from '@playwright/test';

/** Somebody with an account of their own, so that flows do not meet in one queue. */
export interface Person {
  readonly name: string;
  readonly handle: string;
  readonly email: string;
  readonly password: string;
}

let count = 0;

/** A person whom the platform does not know yet. */
export function stranger(name: string): Person {
  count += 1;
  const unique = `${Date.now().toString(36)}${count}`;
  return { name, handle: `${name.toLowerCase()}-${unique}`, email: `${name.toLowerCase()}.${unique}@example.org`, password: `walnut ${unique} ladder` };
}

/** Makes an account on the page that is open for it, as a newcomer does. */
export async function register(page: Page, person: Person): Promise<void> {
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(person.name);
  await page.getByRole('textbox', { name: 'Handle' }).fill(person.handle);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(person.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(person.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible({ timeout: 30_000 });
}

export async function signIn(page: Page, person: Person): Promise<void> {
  await page.getByRole('textbox', { name: 'E-mail' }).fill(person.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible({ timeout: 30_000 });
}

/** A browser of its own in which a new person is signed in, in English. */
export async function newcomer(browser: Browser, name: string): Promise<{ context: BrowserContext; page: Page; person: Person }> {
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  const person = stranger(name);
  await page.goto('/register');
  await register(page, person);
  return { context, page, person };
}

/** A browser of its own in which somebody who has an account is signed in, in English. */
export async function signedIn(browser: Browser, person: Person): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await signIn(page, person);
  return { context, page };
}

/** Asks the API by itself, as somebody's other device. Gives `data`; errors fail the test. */
export async function ask<T>(request: APIRequestContext, query: string, variables: object, token?: string): Promise<T> {
  const response = await request.post('/graphql', {
    data: { query, variables },
    headers: token ? { authorization: `Bearer ${token}` } : {},
  });
  const body = (await response.json()) as { data?: T; errors?: unknown };
  expect(body.errors).toBeUndefined();
  return body.data as T;
}

/** Asks for changes, and fails the test when one is refused. */
export async function change<T>(request: APIRequestContext, query: string, variables: object, token: string): Promise<T> {
  const data = await ask<Record<string, { userErrors: unknown[] }>>(request, query, variables, token);
  for (const { userErrors } of Object.values(data)) expect(userErrors).toEqual([]);
  return data as T;
}

/** Signs somebody in on another device, past the browser. Gives its access token. */
export async function otherDevice(request: APIRequestContext, { email, password }: Pick<Person, 'email' | 'password'>): Promise<string> {
  const query = 'mutation ($input: LoginInput!) { login(input: $input) { tokens { accessToken } } }';
  const { login } = await ask<{ login: { tokens: { accessToken: string } } }>(request, query, { input: { email, password, deviceName: 'Other device' } });
  return login.tokens.accessToken;
}
