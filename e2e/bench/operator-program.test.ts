import { expect, test } from '@jest/globals';
import { parseWork } from './operator-program.js';

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
