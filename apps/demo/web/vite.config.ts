import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `vite web` during development: the API of a demo that already runs (KEEPSAKE_API, default port 3000). */
const api = process.env['KEEPSAKE_API'] ?? 'http://127.0.0.1:3000';

export default defineConfig({
  plugins: [react()],
  build: { outDir: '../dist/web', emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0 },
  server: { host: '127.0.0.1', proxy: { '/api': api, '/healthz': api } },
});
