/**
 * The sections of docs/reference/api.md that the engine decides: how a change of each field reaches running servers, and
 * which options `engine.extraConfig` takes. Printed from the agent's own tables, so that they cannot say less or more.
 */
import { EXTRA_OPTIONS } from '../../resolver-image/agent/src/contract/extra-options.js';
import {
  type Application,
  type ConfigField,
  FIELD_APPLICATION,
  type TemplateField,
} from '../../resolver-image/agent/src/engines/unbound/fields.js';

/** Where a person sets what the table names, below `DnsFleet.spec`; undefined when only the operator sets it. */
const specPath: Partial<Record<ConfigField | TemplateField, string | undefined>> = {
  revision: undefined,
  'drain.lameDuckSeconds': undefined,
  'drain.quietPeriodSeconds': undefined,
  'drain.timeoutSeconds': undefined,
  'cache.sizeBytes': 'cache.size',
  extraConfig: 'engine.extraConfig',
  image: undefined,
  placement: 'regions[].pops[].placement',
  region: 'regions[].name',
};

/** Both sections as lines of Markdown. */
export function engineReference(): readonly string[] {
  return [...changesSection(), ...optionsSection()];
}

function changesSection(): readonly string[] {
  const rows = Object.entries(FIELD_APPLICATION).flatMap(([field, application]) => {
    const path = field in specPath ? specPath[field as ConfigField | TemplateField] : field;
    return path === undefined ? [] : [`| \`${path}\` | ${howApplied(application)} | ${cacheAfter(application)} |`];
  });
  return [
    '## How a change reaches running servers',
    '',
    'Fields of `DnsFleet.spec` that servers know of. A change at run time restarts nothing and drops no query, not even one that waits for an upstream. A rollout replaces the servers of a PoP one by one, each drained first. Other fields (`listeners`, `service`, `rollout`, `autoscaling`, `capacity`, `server.capacityQps`, `server.measuredCapacity`, the number of servers) concern the objects around the servers and touch none that runs; only how long a stopping server waits follows `service.type`. A new resolver image, which comes with an upgrade of the operator, is a rollout.',
    '',
    '| field | a change is applied | cached answers |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ];
}

function howApplied(application: Application): string {
  return application.applied === 'rollout' ? `by a rollout: ${application.why}` : `at run time: ${application.note}`;
}

/** A new server begins with nothing in its cache. */
function cacheAfter(application: Application): string {
  return application.applied === 'rollout' ? 'lost' : application.cache;
}

function optionsSection(): readonly string[] {
  const rows = [...EXTRA_OPTIONS].map(([name, { form, repeatable, group }]) => {
    const value = repeatable ? `${form.says}; may be given more than once` : form.says;
    return `| \`${name}\` | ${group} | ${value} |`;
  });
  return [
    '## Options of `engine.extraConfig`',
    '',
    "One `option: value` a line, with the meaning that they have in the server clause of `unbound.conf(5)`. Only options that a running engine takes over are on the list; for any other the fleet's `Accepted` condition says which field to use instead, or why it is not offered.",
    '',
    '| option | concerns | value |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ];
}
