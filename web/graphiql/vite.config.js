import { defineConfig } from 'vite';

export default defineConfig({
  // The router serves the page at /graphql and its files here.
  base: '/graphiql/',
  // A workbench for developers: the size of the editor is what it is.
  build: { target: 'es2022', chunkSizeWarningLimit: 10_000, reportCompressedSize: false },
  worker: { format: 'es' },
});
