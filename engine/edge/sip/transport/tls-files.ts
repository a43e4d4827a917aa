// Key and certificates of the TLS and WSS listeners, read anew when the files change.
import { readFileSync, unwatchFile, watchFile } from "node:fs";
import type { SecureContextOptions, Server } from "node:tls";

/** PEM files. */
export interface TlsFiles {
  keyFile: string;
  certFile: string;
  /** Intermediate certificates; null when `certFile` holds them already. */
  chainFile: string | null;
  /** Authorities that connections which we open are checked against; null for the system's. */
  caFile: string | null;
}

/** RFC 8996: nothing older. */
const minVersion = "TLSv1.2";
const lookEveryMs = 5_000;

/** Throws one clear line that names the file which cannot be read. */
export function secureOptions(files: TlsFiles): SecureContextOptions {
  const chain = files.chainFile === null ? "" : `\n${read(files.chainFile)}`;
  return { key: read(files.keyFile), cert: `${read(files.certFile)}${chain}`, minVersion };
}

/** For connections that we open. */
export function clientOptions(files: TlsFiles | null): SecureContextOptions {
  return { minVersion, ...(files?.caFile ? { ca: read(files.caFile) } : {}) };
}

/** New connections get the new certificate; a broken pair leaves the old one in use. */
export function reloadOnChange(
  servers: readonly Server[],
  files: TlsFiles,
  onError: (error: Error) => void,
  everyMs = lookEveryMs,
): { stop(): void } {
  const paths = [files.keyFile, files.certFile, ...(files.chainFile ? [files.chainFile] : [])];
  const reload = () => {
    try {
      const options = secureOptions(files);
      for (const server of servers) server.setSecureContext(options);
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
    }
  };
  for (const path of paths) watchFile(path, { interval: everyMs, persistent: false }, reload);
  return {
    stop: () => {
      for (const path of paths) unwatchFile(path, reload);
    },
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new Error(`TLS file ${file} cannot be read (${code})`);
  }
}
