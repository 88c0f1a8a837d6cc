/**
 * Who are the faces of one photo? Rules, each from a mistake that face
 * embeddings are known to make:
 * - a face joins the person whose *centre* (mean embedding) is nearest, so
 *   that a chain of look-alikes does not pull two people together;
 * - two faces of one photo are never one person;
 * - a pair within REVIEW_MARGIN of the threshold is left apart: a person split
 *   in two is merged with one click, two people mixed up are hard to part;
 * - a face under MIN_SIZE_PX belongs to nobody.
 */
export const REVIEW_MARGIN = 0.02;
export const MIN_SIZE_PX = 80;

/** A known person near a face: `face` is the index of the face in the photo. */
export interface Candidate {
  readonly face: number;
  readonly personId: string;
  /** L2 from the face to the person's centre. */
  readonly distance: number;
}

/** The person of each face by index; a face without an entry is somebody new. */
export function assignPeople(candidates: readonly Candidate[], threshold: number): Map<number, string> {
  const assigned = new Map<number, string>();
  const taken = new Set<string>();
  const nearestFirst = [...candidates].sort((a, b) => a.distance - b.distance);
  for (const { face, personId, distance } of nearestFirst) {
    if (distance >= threshold - REVIEW_MARGIN) break;
    if (assigned.has(face) || taken.has(personId)) continue;
    assigned.set(face, personId);
    taken.add(personId);
  }
  return assigned;
}
