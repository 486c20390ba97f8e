import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig } from '@slipway/core'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { phpSiteFolder } from '../images/recipes.ts'
import { demoConfig } from './config.ts'

it("makes a configuration without mistakes from the example's", () => {
  const example = readFileSync(join(phpSiteFolder, 'slipway.yaml'), 'utf8')
  const secret = (name: string) => ({ file: `/tmp/demo/secrets/${name}`, value: 'x' })

  const text = demoConfig(
    example,
    {
      folder: '/tmp/demo',
      root: '/tmp/demo/site',
      image: '127.0.0.1:5000/acme/shop',
      publicPort: 1,
      opsPort: 2,
    },
    {
      siteUrl: 'http://127.0.0.1:3',
      containers: { nginx: 'a-nginx', phpFpm: 'a-php-fpm', mariadb: 'a-mariadb' },
      network: 'a-net',
      envFile: '/tmp/demo/secrets/a.env',
    },
    {
      hook: secret('hook'),
      registryUser: 'shop',
      registryPassword: secret('password'),
      token: 't',
      tokenHash: secret('hash'),
    },
  )

  const parsed = parseConfig(parse(text))
  expect(parsed).toMatchObject({ ok: true })
  expect(JSON.stringify(parse(text))).not.toMatch(/example\.com|\/etc\/slipway|\/var\/www\/shop/)
})
