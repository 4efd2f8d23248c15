import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Clock and random are read at the edges only, so that every decision can be replayed with the numbers it saw. */
const edges = [
  { name: 'setTimeout', message: 'Take a Clock (operator/src/runtime/clock.ts).' },
  { name: 'setInterval', message: 'Take a Clock (operator/src/runtime/clock.ts).' },
];
const edgeProperties = [
  { object: 'Date', property: 'now', message: 'Take a Clock (operator/src/runtime/clock.ts).' },
  { object: 'Math', property: 'random', message: 'Take a Random (operator/src/runtime/clock.ts).' },
];

/** Decisions and builders know the API and types, nothing that acts (design: imports point inwards). */
const inward = {
  patterns: [
    {
      group: ['**/kube/*', '**/runtime/*', '**/controllers/**', '**/observability/*', '**/config/*'],
      message: 'planning and builders import only api and types.',
    },
    {
      group: ['@kubernetes/client-node'],
      allowTypeImports: true,
      message: 'Use `import type`: decisions do not talk to the API server.',
    },
    { group: ['node:*', '!node:crypto'], message: 'Decisions and builders do no I/O.' },
  ],
};

export default tseslint.config(
  { ignores: ['node_modules', 'build', 'dist', 'coverage'] },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/max-params': ['error', { max: 3 }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'max-lines': ['error', { max: 500 }],
    },
  },
  {
    files: ['operator/src/**/*.ts', 'resolver-image/agent/src/**/*.ts'],
    ignores: ['**/*.test.ts', '**/runtime/clock.ts'],
    rules: { 'no-restricted-globals': ['error', ...edges], 'no-restricted-properties': ['error', ...edgeProperties] },
  },
  {
    files: ['operator/src/planning/**/*.ts', 'operator/src/builders/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', inward] },
  },
  {
    // winston types the instances of its transports as interfaces of their own.
    files: ['operator/src/observability/logger.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  { files: ['**/*.js', '**/*.cjs', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
);
