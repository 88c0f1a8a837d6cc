/** A process that takes locks of one library and changes registers under them, until it is told to stop. */
import { Redis } from 'ioredis';
import { contend, type ContestRules } from '../../tooling/lock-history/contending-process.ts';
import { Random } from '../../tooling/simulation/random.ts';
import { SUBJECTS } from './races-locks-subjects.ts';

const rules = JSON.parse(process.argv[2] ?? '') as ContestRules;
const subject = SUBJECTS[rules.subject]?.(rules);
if (!subject) throw new Error(`no such subject: ${rules.subject}`);
const database = new Redis(rules.databaseUrl);
await contend(rules, subject.locks, database, new Random(rules.seed));
process.exit();
