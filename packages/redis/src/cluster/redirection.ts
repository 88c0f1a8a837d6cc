import { type Address, parseAddress } from '../place.ts';
import { SLOT_COUNT } from '../slot.ts';

/** Nothing was done: the slot is served elsewhere, for good (`MOVED`) or, while it moves, this once (`ASK`). */
export interface Redirection {
  readonly slot: number;
  readonly to: Address;
  readonly isOnce: boolean;
}

/** `MOVED 3999 host:port`: where an error reply leads to, if anywhere. */
export const parseRedirection = (reply: string): Redirection | undefined => {
  const [, word, slot, host = '', port] = /^(MOVED|ASK) (\d{1,5}) (\S+):(\d{1,5})$/.exec(reply) ?? [];
  if (word === undefined || Number(slot) >= SLOT_COUNT) return undefined;
  const to = parseAddress(`${host.includes(':') ? `[${host}]` : host}:${port}`, 0);
  return to && { slot: Number(slot), to, isOnce: word === 'ASK' };
};
