export interface Member {
  /** Where it is in its roster; -1: it is in none. */
  index: number;
}

/**
 * Members in no order, each of which knows its index. A Set into which millions come and go keeps its old tables, and with
 * them their members, until the next full collection.
 */
export class Roster<T extends Member> {
  readonly #members: T[] = [];

  add(member: T): void {
    member.index = this.#members.length;
    this.#members.push(member);
  }

  /** The last one takes its place. Idempotent. */
  remove(member: T): void {
    const { index } = member;
    if (index < 0) return;
    member.index = -1;
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    this.#members[index] = last;
    last.index = index;
  }

  all(): readonly T[] {
    return [...this.#members];
  }
}
