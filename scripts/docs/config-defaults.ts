import { parseConfig } from '@slipway/core'
import type { DefaultOf } from './schema-table.ts'

// The least that a configuration with one of everything can say.
const least = {
  hooks: { name: { source: 'acr', secret: { env: 'SECRET' } } },
  projects: {
    name: {
      image: 'registry.example.com/acme/shop',
      source: { path: '/app' },
      release: { root: '/srv/shop' },
      migrate: { before: { command: ['backup'] } },
      services: [{ container: 'php', action: 'restart' }],
      check: { url: 'http://127.0.0.1/' },
    },
  },
}
const durations = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const
const sizes = [
  ['TB', 1e12],
  ['GB', 1e9],
  ['MB', 1e6],
  ['KB', 1e3],
  ['B', 1],
] as const

/**
 * Defaults of durations and sizes. JSON Schema has none for what is text in the file and a number in the program, so
 * they are read from a configuration that leaves them out.
 */
export function configDefaults(): DefaultOf {
  const parsed = parseConfig(least)
  if (!parsed.ok) throw new Error(`the least configuration is none: ${JSON.stringify(parsed.mistakes)}`)
  return (path, type) => {
    if (type !== 'duration' && type !== 'size') return undefined
    const value = path.reduce<unknown>(step, parsed.config)
    if (typeof value !== 'number') return undefined
    return inUnits(value, type === 'duration' ? durations : sizes)
  }
}

function step(value: unknown, part: string): unknown {
  // What may be one or a list is a list in the program.
  if (Array.isArray(value)) return part === '[]' ? value[0] : step(value[0], part)
  const key = part === '<name>' ? 'name' : part
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function inUnits(value: number, units: readonly (readonly [name: string, size: number])[]): string {
  if (value === 0) return '0s'
  const [name, size] = units.find(([, one]) => value % one === 0) ?? ['', 1]
  return `${value / size}${name}`
}
