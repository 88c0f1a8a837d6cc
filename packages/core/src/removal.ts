/** `delete`: never served again. `expire`: stale from now on, served only inside its grace. */
export type RemovalMode = 'delete' | 'expire';

/** What is removed. Keys and tags are full ones. */
export type Removal =
  | { readonly kind: 'keys'; readonly keys: readonly string[]; readonly mode: RemovalMode }
  | { readonly kind: 'tags'; readonly tags: readonly string[]; readonly mode: RemovalMode }
  | { readonly kind: 'clear'; readonly pattern: string };
