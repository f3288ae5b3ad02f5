import js from '@eslint/js'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import tseslint from 'typescript-eslint'
import svelteConfig from './svelte.config.mjs'

/** Arrows point inward (docs/architecture.md): a folder may import only what stands to its right. */
const forbid = (files, patterns, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group: patterns, message }] }] }
})

const SCRIPTS = ['**/*.ts', '**/*.svelte']

export default tseslint.config(
  { ignores: ['node_modules', 'out', 'dist', '.venv', 'resources', 'e2e/fixtures', 'samples', 'test-results'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: SCRIPTS })),
  ...svelte.configs.recommended,
  {
    files: SCRIPTS,
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname, extraFileExtensions: ['.svelte'] }
    },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }
      ]
    }
  },
  {
    // *.svelte.ts is TypeScript with runes; *.svelte has its scripts in TypeScript.
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { parser: tseslint.parser, svelteConfig }
    },
    rules: {
      // `$props()` and `$state()` are declared with let; what looks unused may be read by the template.
      'prefer-const': 'off',
      'no-useless-assignment': 'off',
      // A Map that is built and thrown away in one function needs no reactivity.
      'svelte/prefer-svelte-reactivity': 'off',
      // Takes the words of its own comment for names of warnings; svelte-check complains about what is not needed.
      'svelte/no-unused-svelte-ignore': 'off'
    }
  },
  {
    // To this parser every imported component is `any`, and so are its callbacks; svelte-check knows their types.
    files: ['**/*.svelte'],
    rules: Object.fromEntries(
      ['argument', 'assignment', 'call', 'member-access', 'return'].map((what) => [
        `@typescript-eslint/no-unsafe-${what}`,
        'off'
      ])
    )
  },
  { files: ['**/*.mjs'], languageOptions: { globals: globals.node } },
  // Tests assert on what they got; asymmetric matchers (expect.stringMatching) are typed any.
  { files: ['e2e/window/**', '**/*.test.ts'], rules: { '@typescript-eslint/no-unsafe-assignment': 'off' } },
  forbid(['src/shared/**'], ['**/main/**', '**/cli/**', '**/renderer/**'], 'shared knows nobody'),
  forbid(['src/renderer/**'], ['**/main/**', '**/cli/**', 'electron', 'node:*'], 'the window knows the contract only'),
  forbid(['src/preload/**'], ['**/main/**', '**/renderer/**', 'zod'], 'the preload script knows names only'),
  forbid(
    ['src/main/engine/**'],
    ['**/media/**', '**/project/**', '**/pipeline/**', '**/analysis/**', 'electron', 'execa'],
    'the engine knows neither media, project nor electron'
  ),
  forbid(
    ['src/main/media/**', 'src/main/analysis/**'],
    ['**/engine/**', '**/pipeline/**', '**/cli/**'],
    'media and analysis stand alone'
  ),
  forbid(
    ['src/main/studio/**', 'src/main/jobs/**', 'src/main/project/**', 'src/main/pipeline/**'],
    ['electron', '**/shell/**'],
    'only the shell knows Electron'
  )
)
