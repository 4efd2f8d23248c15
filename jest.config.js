/**
 * Four projects, one for each level of realism; the Makefile and hack/test.ts choose among them.
 * unit: no I/O.  integration: a real etcd and API server.  dataplane: a real Unbound.  e2e: a real cluster.
 */
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
};

export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/{operator,resolver-image,e2e,hack,helm}/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.(integration|dataplane|e2e)\\.test\\.ts$'],
    },
    {
      ...common,
      displayName: 'integration',
      testMatch: ['<rootDir>/**/*.integration.test.ts'],
      globalSetup: '<rootDir>/e2e/cluster/jest-setup.js',
      globalTeardown: '<rootDir>/e2e/cluster/jest-teardown.js',
    },
    { ...common, displayName: 'dataplane', testMatch: ['<rootDir>/**/*.dataplane.test.ts'] },
    {
      ...common,
      displayName: 'e2e',
      testMatch: ['<rootDir>/e2e/**/*.e2e.test.ts'],
      globalSetup: '<rootDir>/e2e/suites/jest-setup.js',
      globalTeardown: '<rootDir>/e2e/suites/jest-teardown.js',
    },
  ],
};
