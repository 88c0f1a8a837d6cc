import { systemClock } from '@keepsake/core';
import type { Arguments } from '../arguments.ts';
import { checkMemory } from '../doctor/check-memory.ts';
import { checkServer } from '../doctor/check-server.ts';
import { checkSettings } from '../doctor/check-settings.ts';
import { gatherFacts } from '../doctor/facts.ts';
import type { Finding, Severity } from '../doctor/finding.ts';
import { checkRights } from '../doctor/rights.ts';
import { plural } from '../format.ts';
import { EXIT, type Exit } from '../misuse.ts';
import type { Output, Style } from '../output.ts';
import type { Session } from '../session.ts';

const STYLES: Readonly<Record<Severity, Style>> = {
  ok: 'green',
  info: 'blue',
  warning: 'yellow',
  error: 'red',
};
const SEVERITY_WIDTH = 7;

/** Every finding, and what to do about those that matter. */
export const doctor = async (session: Session, _: Arguments, output: Output): Promise<Exit> => {
  const facts = await gatherFacts(session, systemClock);
  const findings = [
    ...checkServer(facts),
    ...(await checkRights(session, facts.info.text('role') === 'slave')),
    ...checkMemory(facts),
    ...checkSettings(facts),
  ];
  const count = (severity: Severity): number => findings.filter((one) => one.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  if (output.isJson) {
    const { latency, clockOffsetMs } = facts;
    await output.json({ address: session.address, errors, warnings, latency, clockOffsetMs, findings });
  } else {
    await output.lines(output.style('bold', session.address), '');
    await show(findings, output);
    const worst: Severity = errors > 0 ? 'error' : warnings > 0 ? 'warning' : 'ok';
    const summary = worst === 'ok' ? 'nothing to worry about' : told(errors, warnings);
    await output.lines('', output.style(STYLES[worst], summary));
  }
  return errors + warnings > 0 ? EXIT.found : EXIT.fine;
};

const told = (errors: number, warnings: number): string =>
  [errors > 0 ? plural(errors, 'error') : '', warnings > 0 ? plural(warnings, 'warning') : '']
    .filter((part) => part !== '')
    .join(', ');

const show = async (findings: readonly Finding[], output: Output): Promise<void> => {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = ' '.repeat(SEVERITY_WIDTH + width + 6);
  for (const { check, severity, message, advice } of findings) {
    const mark = output.style(STYLES[severity], severity.padEnd(SEVERITY_WIDTH));
    await output.lines(`  ${mark}  ${check.padEnd(width)}  ${message}`);
    if (advice !== undefined) await output.lines(indent + output.style('dim', `-> ${advice}`));
  }
};
