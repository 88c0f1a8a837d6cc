import { expect, it } from 'vitest';
import { assignPeople, REVIEW_MARGIN } from '../src/faces/assign-people.ts';

const THRESHOLD = 0.56;

it('gives a face to the nearest person', () => {
  const candidates = [
    { face: 0, personId: 'far', distance: 0.5 },
    { face: 0, personId: 'near', distance: 0.4 },
  ];
  expect([...assignPeople(candidates, THRESHOLD)]).toEqual([[0, 'near']]);
});

it('never gives two faces of one photo to one person: the nearer has it, the other the next best', () => {
  const candidates = [
    { face: 0, personId: 'lena', distance: 0.47 },
    { face: 1, personId: 'lena', distance: 0.45 },
    { face: 0, personId: 'maya', distance: 0.5 },
  ];
  expect(assignPeople(candidates, THRESHOLD)).toEqual(
    new Map([
      [1, 'lena'],
      [0, 'maya'],
    ]),
  );
  expect(assignPeople(candidates.slice(0, 2), THRESHOLD)).toEqual(new Map([[1, 'lena']]));
});

it('leaves a pair near the threshold apart', () => {
  const at = (distance: number): number =>
    assignPeople([{ face: 0, personId: 'lena', distance }], THRESHOLD).size;
  expect([at(0.53), at(THRESHOLD - REVIEW_MARGIN), at(0.55), at(0.9)]).toEqual([1, 0, 0, 0]);
});
