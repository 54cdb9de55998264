import { Component, type ContextType, type ReactNode } from 'react';
import { ReactRelayContext } from 'react-relay';

import { forgetFailures } from '../../relay/forgetFailures';
import { loadAgain } from './lazyAgain';

export interface ErrorBoundaryProps {
  /** What is shown in the place of what failed; `retry` asks and renders again. */
  readonly fallback: (error: unknown, retry: () => void) => ReactNode;
  /** Another value begins anew: the address of a screen, say. */
  readonly resetKey?: string;
  readonly children: ReactNode;
}

interface State {
  readonly error: unknown;
  readonly hasFailed: boolean;
  readonly resetKey: string | undefined;
}

/** Keeps a failure where it happened: a shelf that fails leaves the others. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, State> {
  static override readonly contextType = ReactRelayContext;
  declare context: ContextType<typeof ReactRelayContext>;

  override state: State = { error: null, hasFailed: false, resetKey: this.props.resetKey };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error, hasFailed: true };
  }

  static getDerivedStateFromProps(props: ErrorBoundaryProps, state: State): Partial<State> | null {
    return props.resetKey === state.resetKey ? null : { error: null, hasFailed: false, resetKey: props.resetKey };
  }

  readonly #retry = () => {
    loadAgain();
    if (this.context) forgetFailures(this.context.environment);
    this.setState({ error: null, hasFailed: false });
  };

  override render() {
    return this.state.hasFailed ? this.props.fallback(this.state.error, this.#retry) : this.props.children;
  }
}
