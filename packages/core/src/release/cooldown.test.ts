import { expect, it } from 'vitest'
import { cooledAt } from './cooldown.ts'

const now = Date.UTC(2026, 10, 24, 2)
const acceptedAt = now - 60_000
const cooldown = 3_600_000

it.each([
  ['its own date counts', now - 1_800_000, now - 1_800_000 + cooldown],
  ['also one behind the push', now - 1_000, now - 1_000 + cooldown],
  ['an old one is old enough', Date.UTC(2025, 0, 1), Date.UTC(2025, 0, 1) + cooldown],
  ['the push counts where it says nothing', null, acceptedAt + cooldown],
  ['the push counts where it comes from the future', now + 1, acceptedAt + cooldown],
  ['the push counts where it is the zero of Go', Date.parse('0001-01-01T00:00:00Z'), acceptedAt + cooldown],
  ['the push counts where it is the zero of Unix', 0, acceptedAt + cooldown],
  ['the push counts where it is the one of buildpacks', Date.UTC(1980, 0, 1, 0, 0, 1), acceptedAt + cooldown],
])('an image is old enough after its cooldown: %s', (_what, created, at) => {
  expect(cooledAt({ created, acceptedAt, cooldown, now })).toEqual({
    at,
    isDated: at !== acceptedAt + cooldown,
  })
})
