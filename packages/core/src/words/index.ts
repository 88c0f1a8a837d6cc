/** The `@keepsake/core/words` entry: names that nobody knows, and what they may be slips of. */
export { refuseUnknown, type Words } from './refuse-unknown.ts';
export { suggestion } from './suggestion.ts';
