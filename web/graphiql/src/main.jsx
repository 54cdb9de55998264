// The page at /graphql in development: GraphiQL with the explorer, in files of our own, so that it works without the internet.
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './page.css';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { examples } from './examples';
import { fetcher } from './fetcher';

const plugins = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];

createRoot(document.getElementById('root')).render(
  <GraphiQL defaultEditorToolsVisibility defaultTabs={examples} fetcher={fetcher()} plugins={plugins} shouldPersistHeaders={false}>
    <GraphiQL.Logo>Polyphony</GraphiQL.Logo>
  </GraphiQL>,
);
