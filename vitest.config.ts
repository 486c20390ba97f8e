import { defineConfig } from 'vitest/config'

// Tests that need a Docker Engine say so in their names, so that a machine without one can run all the others.
const engineTests = ['{packages,services,lab}/**/*.engine.test.ts', 'test/**/*.test.ts']

export default defineConfig({
  test: {
    // Processes, not threads: tests end processes by signals and watch their own event loop.
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'plain',
          include: ['{packages,services,lab,scripts}/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...engineTests],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'engine',
          include: engineTests,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // Two cores: whole systems side by side would only wait for one another.
          fileParallelism: false,
        },
      },
    ],
  },
})
