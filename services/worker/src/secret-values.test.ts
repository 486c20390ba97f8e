import { expect, it } from 'vitest'
import { secretValues } from './secret-values.ts'

it.each([
  ['DB_PASSWORD=hunter22', ['hunter22']],
  ['db_password=hunter22', ['hunter22']],
  ['APP_KEY=base64:a=b=', ['base64:a=b=']],
  ['STRIPE_SECRET=x', ['x']],
  ['API_TOKEN=x', ['x']],
  ['AWS_CREDENTIALS=x', ['x']],
  ['SENTRY_DSN=https://x@y', ['https://x@y']],
  ['BASIC_AUTH=a:b', ['a:b']],
  ['APP_ENV=production', []],
  ['APP_URL=http://PASSWORD', []],
])('finds the secrets of %s', (line, expected) => {
  expect(secretValues([line])).toEqual(expected)
})
