/** SHA-256, at once or as a promise: node:crypto has it at once, Web Crypto has not. */
export interface Digest {
  /** Lower-case hexadecimal. */
  hex(text: string): string | Promise<string>;
  /** Base64url, for entity tags. */
  bytes(content: Uint8Array): string | Promise<string>;
}

const encoder = new TextEncoder();

const sha256 = async (bytes: Uint8Array): Promise<Uint8Array> =>
  // A view on shared memory is not digested by Web Crypto; bodies never are one.
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

/** By Web Crypto, which every fetch runtime has. */
export const webDigest: Digest = {
  hex: async (text) =>
    [...(await sha256(encoder.encode(text)))].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  bytes: async (content) =>
    btoa(String.fromCharCode(...(await sha256(content))))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replace(/=+$/, ''),
};
