import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { writeConfig } from '../../test/site-config.ts'
import { slipway } from '../../test/slipway-process.ts'

const config = `
ingest: { public: { url: 'https://deploy.example.com/' } }
hooks:
  acr-main:
    source: acr
    secret: [{ env: NEW_SECRET }, { file: FOLDER/old-secret }]
    projects: [shop]
  registry:
    source: distribution
    auth: { type: static-header, header: Authorization, prefix: 'Bearer ' }
    secret: { env: NEW_SECRET }
  github:
    source: ghcr
    secret: { env: NEW_SECRET }
    allow: [140.82.112.0/20, '2606:50c0::/32']
  nexus:
    source: nexus
    registry: nexus.example.com:8082
    secret: { env: NEW_SECRET }
  standard:
    source: standard-webhooks
    secret: { env: STANDARD_KEY }
  google:
    source: gar
    audience: https://deploy.example.com/webhooks/google
    service_account: pusher@demo.iam.gserviceaccount.com
projects:
  shop:
    image: registry.example.com/acme/shop
    source: { path: /app }
    release: { root: /var/www/shop }
`
const standardKey = `whsec_${Buffer.alloc(32, 'k').toString('base64')}`
const secrets = { NEW_SECRET: 'new secret/with+odd&letters', STANDARD_KEY: standardKey }

describe('slipway hooks', () => {
  it('prints the URL of each hook and where its secret is, and not the secret', async () => {
    await using file = await writeConfig(config)

    const { code, stdout, stderr } = await slipway(['hooks', '--config', file.path], secrets)

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(`acr-main (acr)
  URL     https://deploy.example.com/webhooks/acr-main?token=…
  secret  environment variable NEW_SECRET; --show-secrets prints it
  URL     https://deploy.example.com/webhooks/acr-main?token=…
  secret  file ${file.folder}/old-secret; --show-secrets prints it
  nudges  shop
registry (distribution)
  URL     https://deploy.example.com/webhooks/registry
  header  Authorization: Bearer …
  secret  environment variable NEW_SECRET; --show-secrets prints it
  nudges  every project whose image is pushed
github (ghcr)
  URL     https://deploy.example.com/webhooks/github
  signs   x-hub-signature-256: sha256=… (hmac-sha256-hex)
  secret  environment variable NEW_SECRET; --show-secrets prints it
  hears   140.82.112.0/20, 2606:50c0::/32
  nudges  every project whose image is pushed
nexus (nexus)
  URL     https://deploy.example.com/webhooks/nexus
  signs   x-nexus-webhook-signature: … (hmac-sha1-hex)
  secret  environment variable NEW_SECRET; --show-secrets prints it
  nudges  every project whose image is pushed
standard (standard-webhooks)
  URL     https://deploy.example.com/webhooks/standard
  signs   webhook-signature: … (standard-webhooks)
  secret  environment variable STANDARD_KEY; --show-secrets prints it
  nudges  every project whose image is pushed
google (gar)
  URL     https://deploy.example.com/webhooks/google
  token   authorization: Bearer … (google-oidc), for the audience https://deploy.example.com/webhooks/google
  of      pusher@demo.iam.gserviceaccount.com
  nudges  every project whose image is pushed
`)
  })

  it('prints the secrets on request, escaped where they stand in a URL', async () => {
    await using file = await writeConfig(config)
    await writeFile(`${file.folder}/old-secret`, 'the-old-secret-of-acr\n')

    const { code, stdout } = await slipway(['hooks', '--show-secrets', '--config', file.path], secrets)

    expect(code).toBe(0)
    expect(stdout).toContain('/webhooks/acr-main?token=new%20secret%2Fwith%2Bodd%26letters\n')
    expect(stdout).toContain('/webhooks/acr-main?token=the-old-secret-of-acr\n')
    expect(stdout).toContain('  header  Authorization: Bearer new secret/with+odd&letters\n')
    expect(stdout).toContain('(hmac-sha256-hex); the secret to enter is new secret/with+odd&letters\n')
    expect(stdout).toContain(`(standard-webhooks); the secret to enter is ${standardKey}\n`)
  })

  it('names every secret that cannot be read', async () => {
    await using file = await writeConfig(config)

    const { code, stdout, stderr } = await slipway(['hooks', '--show-secrets', '--config', file.path], {
      NEW_SECRET: 'too-short',
    })

    expect({ code, stdout }).toEqual({ code: 78, stdout: '' })
    expect(stderr).toContain('SECRET_UNAVAILABLE: ')
    expect(stderr).toContain(
      'hooks.acr-main.secret[0]: the environment variable NEW_SECRET holds 9 characters',
    )
    expect(stderr).toContain(`hooks.acr-main.secret[1]: the file ${file.folder}/old-secret is not there`)
    expect(stderr).not.toContain('too-short')
  })

  it('says what a key of Standard Webhooks looks like, and nothing of what was found', async () => {
    await using file = await writeConfig(config)
    await writeFile(`${file.folder}/old-secret`, 'the-old-secret-of-acr')
    const keys = { ...secrets, STANDARD_KEY: 'a-plain-secret-of-many-letters' }

    const { code, stderr } = await slipway(['hooks', '--show-secrets', '--config', file.path], keys)

    expect(code).toBe(78)
    expect(stderr).toContain(
      'hooks.standard.secret[0]: the environment variable STANDARD_KEY is no key of Standard Webhooks',
    )
    expect(stderr).not.toContain('a-plain-secret')
  })

  it('says that the public URL is not configured', async () => {
    await using file = await writeConfig(config.replace(/^ingest.*$/m, ''))

    const { code, stdout, stderr } = await slipway(['hooks', '--config', file.path])

    expect(code).toBe(0)
    expect(stdout).toContain('  URL     /webhooks/acr-main?token=…\n')
    expect(stderr).toContain('ingest.public.url is not configured')
  })
})
