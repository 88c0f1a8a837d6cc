import type { Program } from '@keepsake/tooling/children';
import { blackHole, cutPipeline, lostReplies, resetStorm } from './connection-loss.ts';
import { deadRedis } from './dead.ts';
import { slowNetwork } from './latency.ts';
import { absentAtBoot, frozen, killed, loading } from './outage.ts';
import { demotion, evictionStorm, outOfMemory, wallClock } from './refusals.ts';
import { removalsWhileGone } from './removals.ts';
import { notLetIn } from './secrets.ts';
import { endedUnderLoad } from './shutdown.ts';
import { brokenTls } from './tls.ts';
import type { Row } from './trial.ts';

/** The rows of one server, by their numbers. `app`: ./children/app.ts, bundled. */
export const rowsOf = (app: Program): ReadonlyMap<number, Row> =>
  new Map([
    [1, absentAtBoot],
    [2, killed],
    [3, frozen],
    [4, blackHole],
    [5, resetStorm],
    [6, lostReplies],
    [7, cutPipeline],
    [8, slowNetwork],
    [10, loading],
    [11, outOfMemory],
    [12, evictionStorm],
    [13, demotion],
    [22, wallClock],
    [36, deadRedis],
    [38, endedUnderLoad(app)],
    [39, notLetIn],
    [40, brokenTls],
    [41, removalsWhileGone],
  ]);
