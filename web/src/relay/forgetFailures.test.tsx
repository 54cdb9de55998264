import { act, render, screen } from '@testing-library/react';
import { Suspense } from 'react';
import { RelayEnvironmentProvider, useLazyLoadQuery } from 'react-relay';
import { type ConcreteRequest, Environment, Network, RecordSource, Store } from 'relay-runtime';
import { expect, test } from 'vitest';

import { ErrorBoundary } from '../components/feedback/ErrorBoundary';

const selections = [{ kind: 'ScalarField', alias: null, args: null, name: 'answer', storageKey: null }];
/** `{ answer }`, as the compiler writes it. */
const QUERY = {
  kind: 'Request',
  fragment: {
    kind: 'Fragment',
    name: 'Query',
    type: 'Query',
    abstractKey: null,
    argumentDefinitions: [],
    metadata: null,
    selections,
  },
  operation: { kind: 'Operation', name: 'Query', argumentDefinitions: [], selections },
  params: { id: null, cacheID: 'q', metadata: {}, name: 'Query', operationKind: 'query', text: '{ answer }' },
} as unknown as ConcreteRequest;

function Answer() {
  const { answer } = useLazyLoadQuery(QUERY, {}) as { answer: string };
  return <p>{answer}</p>;
}

test('a query that failed is sent again when somebody tries again', async () => {
  let isAway = true;
  const network = Network.create(async () => {
    if (isAway) throw new Error('away');
    return { data: { answer: 'here' } };
  });
  const environment = new Environment({ network, store: new Store(new RecordSource()) });
  await act(async () => {
    render(
      <RelayEnvironmentProvider environment={environment}>
        <ErrorBoundary
          fallback={(_, retry) => (
            <button type="button" onClick={retry}>
              again
            </button>
          )}
        >
          <Suspense fallback={null}>
            <Answer />
          </Suspense>
        </ErrorBoundary>
      </RelayEnvironmentProvider>,
    );
  });
  const again = await screen.findByRole('button', { name: 'again' });
  await act(async () => again.click());
  expect(screen.queryByText('here')).toBeNull();
  isAway = false;
  const button = await screen.findByRole('button', { name: 'again' });
  await act(async () => button.click());
  expect(await screen.findByText('here')).toBeTruthy();
});
