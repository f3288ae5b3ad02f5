import js from '@eslint/js'
import globals from 'globals'
import tseslint from 'typescript-eslint'

/** Arrows point inward (docs/architecture.md): a folder may import only what stands to its right. */
const forbid = (files, patterns, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group: patterns, message }] }] }
})

export default tseslint.config(
  { ignores: ['node_modules', 'out', '.venv', 'resources', 'e2e/fixtures', 'samples'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }]
    }
  },
  { files: ['**/*.mjs'], languageOptions: { globals: globals.node } },
  forbid(['src/shared/**'], ['**/main/**', '**/cli/**'], 'shared knows nobody'),
  forbid(
    ['src/main/engine/**'],
    ['**/media/**', '**/project/**', '**/pipeline/**', '**/analysis/**', 'electron', 'execa'],
    'the engine knows neither media, project nor electron'
  ),
  forbid(
    ['src/main/media/**', 'src/main/analysis/**'],
    ['**/engine/**', '**/pipeline/**', '**/cli/**'],
    'media and analysis stand alone'
  )
)
