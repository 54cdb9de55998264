import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import relay from 'vite-plugin-relay';
import { defineConfig } from 'vitest/config';

import { chunkName, markLater } from './precache.ts';
import { firstChunks } from './vite.chunks.ts';

/** Where the platform answers while developing: the router's address, as `cargo xtask up` prints it. */
const PLATFORM = process.env.POLYPHONY_URL ?? 'http://127.0.0.1:4000';

/**
 * The order of the style layers, before whatever file a page happens to load first: chunks come in any order, and the first
 * mention of a layer decides its rank.
 */
const layerOrder: Plugin = {
  name: 'polyphony-layer-order',
  enforce: 'pre',
  transform: (code, id) =>
    /\/src\/.*\.css(\?|$)/.test(id) ? `@layer tokens, base, components, screens;\n${code}` : undefined,
};

const source = (path: string) => new URL(`./src/${path}`, import.meta.url).pathname;

export default defineConfig({
  plugins: [
    layerOrder,
    relay,
    react(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src',
      filename: 'sw.ts',
      // Registered by src/main.tsx: an inline script would break the content security policy.
      injectRegister: null,
      // For installing, which needs a network anyway.
      includeManifestIcons: false,
      manifest: {
        name: 'Polyphony',
        short_name: 'Polyphony',
        description: 'Your music, on your own server.',
        display: 'standalone',
        background_color: '#121115',
        theme_color: '#121115',
        start_url: '/',
        icons: [
          { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' },
          { src: '/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any' },
          { src: '/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
      injectManifest: {
        globPatterns: ['index.html', 'assets/**/*.{js,css}', 'icon.svg'],
        manifestTransforms: [markLater],
      },
    }),
  ],
  build: {
    target: 'es2022',
    manifest: true,
    // Nothing is put into the page as text: its content security policy allows files of this origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Raw, as in scripts/size.mjs.
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        chunkFileNames: chunkName,
        codeSplitting: {
          groups: firstChunks(
            source('main.tsx'),
            source('screens/home/Home.tsx'),
            source('screens/session/SignIn.tsx'),
          ),
          includeDependenciesRecursively: false,
        },
      },
    },
  },
  server: {
    proxy: { '/graphql': { target: PLATFORM, ws: true }, '/health': { target: PLATFORM } },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/setup.ts'],
  },
});
