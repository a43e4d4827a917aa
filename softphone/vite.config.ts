import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Everything is served by the engine itself: no source, font or script from elsewhere, and nothing
// inlined as `data:`, so that the pages run under `script-src 'self'`.
export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [react()],
  build: {
    outDir: "../dist/softphone",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  worker: { format: "es" },
});
