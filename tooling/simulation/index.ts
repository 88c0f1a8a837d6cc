/** What random schedules on virtual time are made of. */
export { ARRIVAL, EventLoops, TIMER } from './event-loops.ts';
export { Random } from './random.ts';
