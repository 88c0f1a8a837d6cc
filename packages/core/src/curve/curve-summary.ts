/** What the hit rate would be at other sizes; hit rates are 0..1. */
export interface CurveSummary {
  /** The size that `same` stands for. */
  readonly entries: number;
  readonly hitRates: {
    readonly half: number;
    readonly same: number;
    readonly double: number;
    readonly quadruple: number;
  };
}
