import { expect, test } from 'vitest';
import { parseSkips, readReport, type VitestReport } from './test-report.ts';

function report(...statuses: readonly string[]): VitestReport {
  return {
    testResults: [
      {
        name: 'a.test.ts',
        status: statuses.includes('failed') ? 'failed' : 'passed',
        assertionResults: statuses.map((status, index) => ({
          ancestorTitles: ['suite'],
          title: `t${index}`,
          status,
        })),
      },
    ],
  };
}

const none = { allowedSkips: new Set<string>(), exitCode: 0 };
const count = ({ results }: ReturnType<typeof readReport>): number[] => [
  results.filter((result) => result.isPassed).length,
  results.filter((result) => !result.isPassed).length,
];

test('passed and failed tests are counted', () => {
  expect(count(readReport(report('passed', 'failed', 'passed'), { ...none, exitCode: 1 }))).toEqual([2, 1]);
});

test.each(['skipped', 'pending', 'todo'])('a test that is %s fails the run unless it is listed', (status) => {
  const unlisted = readReport(report('passed', status), none);
  expect(count(unlisted)).toEqual([1, 1]);
  expect(unlisted.skipped).toBe(0);
  const listed = readReport(report('passed', status), { ...none, allowedSkips: new Set(['suite > t1']) });
  expect(count(listed)).toEqual([1, 0]);
  expect(listed.skipped).toBe(1);
});

test('a file that could not be run is a failure', () => {
  const broken = { testResults: [{ name: 'b.test.ts', status: 'failed', assertionResults: [] }] };
  expect(
    count(readReport({ testResults: [...report('passed').testResults, ...broken.testResults] }, none)),
  ).toEqual([1, 1]);
});

test('an exit code without a failed test is a failure, as is a run without tests', () => {
  expect(count(readReport(report('passed'), { ...none, exitCode: 1 }))).toEqual([1, 1]);
  expect(count(readReport({ testResults: [] }, none))).toEqual([0, 1]);
});

test('the list of skips names tests in backticks at the start of a list item', () => {
  const markdown =
    '# Skips\n\nText with `code`.\n\n- `suite > t1`: no browser here\n- not `this`\n* `other`\n';
  expect([...parseSkips(markdown)]).toEqual(['suite > t1', 'other']);
});
