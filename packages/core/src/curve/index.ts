export type { AccessSampler } from '../memory/access-sampler.ts';
export type { CurveSummary } from './curve-summary.ts';
export {
  CURVE_DEFAULTS,
  type CurvePoint,
  type MissRatioCurve,
  missRatioCurve,
  type MissRatioCurveOptions,
} from './miss-ratio-curve.ts';
