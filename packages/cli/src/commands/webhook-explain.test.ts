import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { siteConfig, writeConfig } from '../../test/site-config.ts'
import { slipway } from '../../test/slipway-process.ts'

const secret = 'a-secret-of-sufficient-length'
const push = {
  push_data: { tag: 'latest', digest: `sha256:${'ab'.repeat(32)}` },
  repository: { namespace: 'acme', name: 'shop', region: 'cn-hangzhou' },
}

describe('slipway webhook explain', () => {
  it('hands its arguments, the configuration and the exit code through', async () => {
    await using config = await writeConfig(siteConfig('redis://127.0.0.1:6379'))
    await writeFile(`${config.folder}/headers.json`, '{"Content-Type":"application/json"}')
    await writeFile(`${config.folder}/body.json`, JSON.stringify(push))
    const call = [
      '--hook',
      'acr-main',
      '--headers',
      `${config.folder}/headers.json`,
      '--body',
      `${config.folder}/body.json`,
    ]
    const env = { SLIPWAY_CONFIG: config.path, ACR_HOOK_SECRET: secret }

    const proven = await slipway(['webhook', 'explain', ...call, '--query', `token=${secret}`], env)
    const forged = await slipway(['webhook', 'explain', ...call, '--query', 'token=guessed'], env)
    const misused = await slipway(['webhook', 'explain', '--hook', 'acr-main'], env)

    expect(JSON.parse(proven.stdout)).toMatchObject({ outcome: 'deploy', matches: ['shop'] })
    expect(JSON.parse(forged.stdout)).toMatchObject({ outcome: 'reject', status: 404 })
    expect([proven.code, forged.code, misused.code]).toEqual([0, 0, 2])
  })
})
