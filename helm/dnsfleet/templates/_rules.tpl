{{- /*
What the operator does, and nothing else. A test runs the operator with exactly these rights and compares them with the
requests that it made (helm/rbac.integration.test.ts). Server-side apply of an object that is not there yet
needs `create` beside `patch`; `get` is asked for an object of ours that the cache does not have.
*/ -}}
{{- define "dnsfleet.rules" -}}
- apiGroups: [dnsfleet.dev]
  resources: [dnsfleets]
  verbs: [get, list, watch]
- apiGroups: [dnsfleet.dev]
  resources: [dnspools]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [dnsfleet.dev]
  resources: [dnsfleets/status, dnspools/status]
  verbs: [patch]
# The autoscaler writes the number of servers where a HorizontalPodAutoscaler would.
- apiGroups: [dnsfleet.dev]
  resources: [dnspools/scale]
  verbs: [patch]
# One that scales a pool too is reported, and not fought.
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [list, watch]
# Children block the deletion of their owner; where the API server enforces it (OpenShift), that takes this right.
- apiGroups: [dnsfleet.dev]
  resources: [dnsfleets/finalizers, dnspools/finalizers]
  verbs: [update]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch]
- apiGroups: [apps]
  resources: [deployments/scale]
  verbs: [patch]
- apiGroups: [""]
  resources: [services, configmaps, serviceaccounts]
  verbs: [get, list, watch, create, patch]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch]
# A patch marks the pod of a server that is to be taken away.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch, patch]
# The token with which the operator orders the agents of a pool: read by name, never listed.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, create]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}
