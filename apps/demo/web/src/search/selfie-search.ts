import { useSyncExternalStore } from 'react';
import { toApiError, type ApiError } from '../api/api-error.ts';
import { searchBySelfie } from '../api/changes.ts';
import type { ServerCost } from '../api/server-timing.ts';
import type { SelfieReply } from '../api/types.ts';
import { navigate } from '../router/location.ts';
import { showToast } from '../ui/toasts.tsx';

export interface SelfieSearch {
  hash: string;
  fileName: string;
  /** An object URL of the picture, in this tab only. */
  preview: string;
  state: 'searching' | 'found' | 'failed';
  reply: SelfieReply | undefined;
  error: ApiError | undefined;
  cost: ServerCost | undefined;
  /** The server's own time where it says so, else what the browser waited. */
  ms: number;
  /** The same picture was searched with before in this tab. */
  repeated: boolean;
}

/** The last pictures searched with, by the hash of their content; older ones are let go. */
const MAX_KEPT = 10;
const searches = new Map<string, SelfieSearch>();
const listeners = new Set<() => void>();

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useSelfieSearch = (hash: string): SelfieSearch | undefined =>
  useSyncExternalStore(subscribe, () => searches.get(hash));

/** Opens the page of results and fills it. Ends in the page or in a toast: never rejects. */
export async function startSelfieSearch(file: File): Promise<void> {
  try {
    const hash = await hashContent(file);
    const before = searches.get(hash);
    const preview = before?.preview ?? URL.createObjectURL(file);
    const search: SelfieSearch = {
      hash,
      fileName: file.name,
      preview,
      state: 'searching',
      reply: undefined,
      error: undefined,
      cost: undefined,
      ms: 0,
      repeated: before !== undefined,
    };
    keep(search);
    navigate(`/search/selfie/${hash}`);
    keep({ ...search, ...(await ask(file)) });
  } catch (error) {
    showToast(`The picture could not be read. ${toApiError(error).message}`, { tone: 'bad' });
  }
}

async function ask(file: File): Promise<Partial<SelfieSearch>> {
  try {
    const { found, reply } = await searchBySelfie(file);
    return { state: 'found', reply: found, cost: reply.cost, ms: reply.cost?.serverMs ?? reply.ms };
  } catch (error) {
    return { state: 'failed', error: toApiError(error) };
  }
}

function keep(search: SelfieSearch): void {
  searches.delete(search.hash);
  searches.set(search.hash, search);
  for (const [hash, old] of searches) {
    if (searches.size <= MAX_KEPT) break;
    URL.revokeObjectURL(old.preview);
    searches.delete(hash);
  }
  for (const listener of listeners) listener();
}

/** 32 hex characters of SHA-256, as the server names pictures; a plain-HTTP host other than loopback has no crypto. */
async function hashContent(file: File): Promise<string> {
  if (!('subtle' in crypto)) return `${file.size}-${file.lastModified}`;
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return [...new Uint8Array(digest).slice(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
