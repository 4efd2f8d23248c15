import { expect, test } from '@jest/globals';
import { nodeFlags, parseWork } from './operator-program.js';

test('reconciles of all results are summed by controller, and waiting keys over all', () => {
  const text = [
    '# HELP dnsfleet_reconcile_total Reconciles',
    'dnsfleet_reconcile_total{controller="fleet",result="success"} 3',
    'dnsfleet_reconcile_total{controller="fleet",result="requeue"} 2',
    'dnsfleet_reconcile_total{controller="pool",result="requeue"} 40',
    'dnsfleet_workqueue_depth{controller="fleet"} 0',
    'dnsfleet_workqueue_depth{controller="pool"} 7',
    '',
  ].join('\n');
  expect(parseWork(text)).toEqual({ fleets: 5, pools: 40, waiting: 7 });
});

test('an operator that says nothing has done nothing', () => {
  expect(parseWork('')).toEqual({ fleets: 0, pools: 0, waiting: 0 });
});

test.each([
  ['ENTRYPOINT ["node", "/opt/operator.mjs"]', []],
  ['ENTRYPOINT ["node", "--a", "--b=1", "/opt/operator.mjs"]', ['--a', '--b=1']],
])('the operator runs with the flags of its image: %s', (line, flags) => {
  expect(nodeFlags(`FROM base\n${line}\n`)).toEqual(flags);
});

test('an image without a list of arguments is not guessed at', () => {
  expect(() => nodeFlags('FROM base\nENTRYPOINT node operator.mjs\n')).toThrow('no ENTRYPOINT');
});
