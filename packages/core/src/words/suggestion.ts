/** `; did you mean 'ttl'?`, or nothing where no known word is within two letters of it. */
export const suggestion = (word: string, known: readonly string[]): string => {
  const meant = [1, 2].flatMap((edits) => known.filter((one) => isNear(word, one, edits)))[0];
  return meant ? `; did you mean '${meant}'?` : '';
};

/** Whether so many letters changed, added or left out make one of the other. */
const isNear = (one: string, other: string, edits: number): boolean => {
  const [a, b] = [one.slice(1), other.slice(1)];
  return (
    one === other ||
    (one[0] === other[0] && isNear(a, b, edits)) ||
    (edits > 0 && (isNear(a, b, edits - 1) || isNear(a, other, edits - 1) || isNear(one, b, edits - 1)))
  );
};
