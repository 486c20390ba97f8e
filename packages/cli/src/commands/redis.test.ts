import { mkdir, stat } from 'node:fs/promises'
import { connectWaiting, embeddedSocket, readServerFacts } from '@slipway/store'
import { describe, expect, it, vi } from 'vitest'
import { type ConfigFile, siteConfig, writeConfig } from '../../test/site-config.ts'
import { type RunningSlipway, slipway, startSlipway } from '../../test/slipway-process.ts'

async function untilReady(running: RunningSlipway): Promise<void> {
  await vi.waitFor(() => expect(running.stdout()).toContain('"msg":"ready"'), { timeout: 20_000 })
}

function connect({ folder }: ConfigFile) {
  const url = `unix://${embeddedSocket(folder)}`
  const redis = connectWaiting({ url, username: undefined, password: undefined })
  redis.on('error', () => {})
  return Object.assign(redis, { [Symbol.dispose]: () => redis.disconnect() })
}

describe('slipway redis', () => {
  it('runs a server that keeps what it accepts, for its own user only, over a restart', async () => {
    await using config = await writeConfig('state_dir: FOLDER\n')
    {
      await using running = startSlipway(['redis', '--config', config.path])
      await untilReady(running)
      using redis = connect(config)
      await redis.set('accepted', 'yes')

      expect(JSON.parse(running.stdout())).toMatchObject({
        msg: 'ready',
        socket: embeddedSocket(config.folder),
      })
      expect(await readServerFacts(redis)).toMatchObject({ evictionPolicy: 'noeviction', appendOnly: true })
      expect(await redis.config('GET', 'appendfsync')).toEqual(['appendfsync', 'always'])
      expect(await redis.config('GET', 'port')).toEqual(['port', '0'])
      expect(await redis.config('GET', 'save')).toEqual(['save', ''])
      expect((await stat(`${config.folder}/redis`)).mode & 0o777).toBe(0o700)
      expect((await stat(embeddedSocket(config.folder))).mode & 0o777).toBe(0o700)
      running.kill('SIGTERM')
      expect((await running.ended).code).toBe(0)
    }

    await using again = startSlipway(['redis', '--config', config.path])
    await untilReady(again)
    using redis = connect(config)
    expect(await redis.get('accepted')).toBe('yes')
  })

  it('does not start a second server over the same files', async () => {
    await using config = await writeConfig('state_dir: FOLDER\n')
    await using running = startSlipway(['redis', '--config', config.path])
    await untilReady(running)

    const { code, stderr } = await slipway(['redis', '--config', config.path])

    expect(code).toBe(1)
    expect(stderr).toContain('REDIS_UNAVAILABLE: Another redis-server answers at ')
  })

  it('refuses when the configuration names a Redis', async () => {
    await using config = await writeConfig(siteConfig('redis://127.0.0.1:6379'))

    const { code, stderr } = await slipway(['redis', '--config', config.path])

    expect(code).toBe(2)
    expect(stderr).toContain('the configuration names the Redis at redis://127.0.0.1:6379; run that one.')
  })

  it('refuses a state_dir that is too long for a Unix socket', async () => {
    await using config = await writeConfig(`state_dir: /tmp/${'long/'.repeat(20)}x\n`)

    const { code, stderr } = await slipway(['redis', '--config', config.path])

    expect(code).toBe(78)
    expect(stderr).toMatch(/^CONFIG_INVALID: state_dir: .* is longer than the 107 bytes/)
  })

  it('says what to install when there is no redis-server', async () => {
    await using config = await writeConfig('state_dir: FOLDER\n')

    const { code, stderr } = await slipway(['redis', '--config', config.path], { PATH: '/nowhere' })

    expect(code).toBe(1)
    expect(stderr).toContain('apt-get install redis-server')
  })

  it('ends with the exit code of a server that cannot start', async () => {
    await using config = await writeConfig('state_dir: FOLDER\n')
    // A folder where the socket belongs.
    await mkdir(embeddedSocket(config.folder), { recursive: true })

    const { code, stdout, stderr } = await slipway(['redis', '--config', config.path])

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('REDIS_UNAVAILABLE: redis-server ended with exit code 1 before it answered')
  })
})
