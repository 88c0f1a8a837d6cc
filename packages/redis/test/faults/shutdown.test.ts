import { bundle, type Program } from '@keepsake/tooling/children';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectToHold } from './in-ci.ts';
import { endedUnderLoad } from './shutdown.ts';

describe('an app that is told to end', { timeout: 60_000 }, () => {
  let app: Program;
  beforeAll(async () => {
    app = await bundle(new URL('./children/app.ts', import.meta.url));
  });
  afterAll(() => app.close());

  it('fault-38: ends by itself in time under load, with Redis up, frozen and killed', () =>
    expectToHold(endedUnderLoad(app)));
});
