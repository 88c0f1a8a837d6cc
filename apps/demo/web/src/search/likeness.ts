/**
 * A distance between two faces in plain words. Measured on photos of the same person it lies at 0.40 to
 * 0.55, of different people above 0.57; between, only a person can say.
 */
export function likenessOf(distance: number): string {
  if (distance < 0.05) return 'The same picture';
  if (distance < 0.45) return 'Very alike';
  if (distance < 0.52) return 'Alike';
  if (distance < 0.57) return 'Perhaps the same';
  return 'Less alike';
}
