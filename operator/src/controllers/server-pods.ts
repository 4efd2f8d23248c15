/**
 * Pods as the cache keeps them: what a decision reads of a server, and nothing else. Most of a pod is its template, which a
 * thousand servers have alike, and of which nothing is asked.
 */
import { type Pod, pods, type Resource } from '../kube/resource.js';

export const serverPods: Resource<Pod> = {
  ...pods,
  parse: (raw) => {
    const { metadata, spec, status } = pods.parse(raw);
    return {
      metadata,
      // The type wants the containers of a pod; nobody asks for them.
      spec: { containers: [], ...(spec?.nodeName !== undefined && { nodeName: spec.nodeName }) },
      ...(status && {
        status: {
          ...(status.phase !== undefined && { phase: status.phase }),
          ...(status.podIP !== undefined && { podIP: status.podIP }),
          ...(status.conditions && { conditions: status.conditions }),
          ...(status.initContainerStatuses && { initContainerStatuses: trimAll(status.initContainerStatuses) }),
          ...(status.containerStatuses && { containerStatuses: trimAll(status.containerStatuses) }),
        },
      }),
    };
  },
};

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

const trimAll = (all: readonly ContainerStatus[]): ContainerStatus[] =>
  all.map(({ name, image, imageID, ready, restartCount, state }) => ({
    ...{ name, image, imageID, ready, restartCount },
    ...(state?.waiting && { state: { waiting: state.waiting } }),
  }));
