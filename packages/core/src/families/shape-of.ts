import { copyValue } from '../copy.ts';
import type { Entry } from '../entry.ts';
import type { Scope } from '../engine/runtime.ts';
import type { Shape } from '../engine/tiers.ts';
import { within } from '../engine/within.ts';
import type { StandardSchema } from './standard-schema.ts';

/** What is said of the form of a family's values. */
export interface Form {
  readonly schema: StandardSchema | undefined;
  readonly version: number;
  readonly migrate: ((value: unknown, version: number) => unknown) | undefined;
}

/**
 * The form of a family's values as what a store's entries have to pass. A schema or a migration that throws, or has
 * not answered within `l2Timeout`, refuses the value, and an event says so: it is no verdict on the value.
 */
export const shapeOf = (form: Form, { runtime, options, reporter }: Scope): Shape => {
  const { clock } = runtime;
  const { l2TimeoutMs } = options;
  const shape: Shape = {
    version: form.version,
    accept: async (entry, key, isOwn) => {
      if (entry.negative) return { ...entry, acceptedBy: shape };
      if (entry.version > form.version) return undefined;
      try {
        const value = await within(formed(form, entry, isOwn), clock, l2TimeoutMs, 'schema');
        return value && { ...entry, value: value.value, version: form.version, acceptedBy: shape };
      } catch {
        reporter.tell('entry.rejected', { key }, { reason: 'schema' });
        return undefined;
      }
    },
  };
  return shape;
};

/** The value in its present form; undefined where it has none. */
const formed = async (
  { schema, version, migrate }: Form,
  entry: Entry,
  isOwn: boolean,
): Promise<{ readonly value: unknown } | undefined> => {
  // A migration or a validator may edit what it is given.
  const stored = isOwn ? copyValue(entry.value) : entry.value;
  const value = entry.version < version ? await migrate?.(stored, entry.version) : stored;
  if (value === undefined || !schema) return value === undefined ? undefined : { value };
  const result = await schema['~standard'].validate(value);
  return result.issues || result.value === undefined ? undefined : { value: result.value };
};
