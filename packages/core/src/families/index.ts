/** Entry `@keepsake/core/families`: keys of one kind, with a type, a schema and an owner. */
export { defineFamily, type FamilyOptions, type FamilyPer, type Identity } from './define-family.ts';
export type { Family, FamilyId } from './family.ts';
export type { OutputOf, SchemaResult, StandardSchema } from './standard-schema.ts';
export { type ValueForm, withForm } from './with-form.ts';
