import { parseArgs } from 'node:util'
import { readHookSecrets, requireConfig } from '@slipway/config-file'
import { authOf, type Hook, type SecretRef } from '@slipway/core'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'

export const hooks: Command = {
  name: 'hooks',
  summary: 'print the URL, and how its calls have to be proven, to give to each sender',
  help: `usage: slipway hooks [--show-secrets] [--config FILE]

  --show-secrets   read the secrets and print them too; without it their place is printed`,

  async run(args, { environment, out, say }) {
    const { values } = parseArgs({
      args: [...args],
      options: { ...configOption, 'show-secrets': { type: 'boolean', default: false } },
    })
    const config = await requireConfig(configPath(values.config, environment))
    const secrets = values['show-secrets'] ? await readHookSecrets(config.hooks, environment) : null

    const { url } = config.ingest.public
    for (const [name, hook] of Object.entries(config.hooks)) {
      for (const line of describe(name, hook, url ?? '', secrets?.get(name) ?? null)) out(line)
    }
    if (Object.keys(config.hooks).length === 0) say('The configuration has no hooks.')
    if (!url) {
      say(
        'ingest.public.url is not configured: put the address under which senders reach ingest before each path.',
      )
    }
    return exitCodes.ok
  },
}

function describe(name: string, hook: Hook, base: string, secrets: readonly string[] | null): string[] {
  const url = `${base.replace(/\/+$/, '')}/webhooks/${name}`
  const lines = [`${name} (${hook.source})`]
  for (const [at, ref] of (hook.secret ?? []).entries()) {
    lines.push(...proofLines(url, hook, secrets?.[at] ?? null))
    lines.push(`  secret  ${placeOf(ref)}${secrets ? '' : '; --show-secrets prints it'}`)
  }
  if (!hook.secret) lines.push(...tokenLines(url, hook))
  if (hook.allow) lines.push(`  hears   ${hook.allow.join(', ')}`)
  lines.push(`  nudges  ${hook.projects?.join(', ') ?? 'every project whose image is pushed'}`)
  return lines
}

function proofLines(url: string, hook: Hook, secret: string | null): string[] {
  const { type, header, prefix = '' } = authOf(hook)
  if (type === 'url-secret')
    return [`  URL     ${url}?token=${secret === null ? '…' : encodeURIComponent(secret)}`]
  if (type === 'static-header') {
    return [`  URL     ${url}`, `  header  ${header ?? 'authorization'}: ${prefix}${secret ?? '…'}`]
  }
  // These sign the body: the secret is entered at the sender and does not travel.
  const where = `${header ?? 'webhook-signature'}: ${prefix}…`
  const key = secret === null ? '' : `; the secret to enter is ${secret}`
  return [`  URL     ${url}`, `  signs   ${where} (${type})${key}`]
}

// Nothing is shared with the sender, so what it has to be told is whom its tokens are for.
function tokenLines(url: string, hook: Hook): string[] {
  const { type, header = 'authorization' } = authOf(hook)
  return [
    `  URL     ${url}`,
    `  token   ${header}: Bearer … (${type}), for the audience ${hook.audience ?? '…'}`,
    `  of      ${hook.service_account ?? '…'}`,
  ]
}

function placeOf(ref: SecretRef): string {
  return 'env' in ref ? `environment variable ${ref.env}` : `file ${ref.file}`
}
