import type { Shape } from '../engine/tiers.ts';
import type { StandardSchema } from './standard-schema.ts';

/** What a value out of a shared store has to pass. A schema or a migration that throws refuses it. */
export const shapeOf = (
  schema: StandardSchema | undefined,
  version: number,
  migrate: ((value: unknown, version: number) => unknown) | undefined,
): Shape => ({
  version,
  accept: async (stored, storedVersion) => {
    try {
      const value = storedVersion < version ? migrate?.(stored, storedVersion) : stored;
      if (value === undefined) return undefined;
      if (!schema) return { value };
      const result = await schema['~standard'].validate(value);
      return result.issues || result.value === undefined ? undefined : { value: result.value };
    } catch {
      return undefined; // told as a miss with the reason `schema`
    }
  },
});
