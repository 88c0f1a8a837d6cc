/** What a validator gives: the value, as it may be used, or what is wrong with it. */
export type SchemaResult<T> =
  { readonly value: T; readonly issues?: undefined } | { readonly issues: readonly object[] };

/**
 * A schema of any library that follows Standard Schema, version 1 (https://standardschema.dev): the part of it
 * that is used here.
 */
export interface StandardSchema<T = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<T> | Promise<SchemaResult<T>>;
  };
}

/** The type of what a schema lets through. */
export type OutputOf<S> = S extends StandardSchema<infer T> ? T : never;
