import { type Environment, readSecrets } from '@slipway/config-file'
import { type Config, type ScheduleName, SlipwayError, scheduleNames, schedulesOf } from '@slipway/core'
import { isHttpUrl } from './http-url.ts'

/** A URL that is called when a job by the clock went well. */
export interface Ping {
  readonly job: ScheduleName
  readonly url: string
}

/**
 * What the configuration names for the jobs of one host.
 * @throws SlipwayError SECRET_UNAVAILABLE naming every one without a URL, and none of the values
 */
export async function readPings(
  config: Pick<Config, 'schedules' | 'projects'>,
  host: string,
  environment: Environment,
): Promise<Ping[]> {
  const schedules = schedulesOf(config, host)
  const named = scheduleNames.flatMap((job) => {
    const ref = schedules[job]?.ping
    return ref ? [{ job, ref, path: `schedules.${job}.ping` }] : []
  })
  const urls = await readSecrets(named, environment)
  const pings = named.map(({ job, path }, at) => ({ job, path, url: urls[at]?.trim() ?? '' }))
  const wrong = pings.filter(({ url }) => !isHttpUrl(url)).map(({ path }) => path)
  if (wrong.length === 0) return pings.map(({ job, url }) => ({ job, url }))
  throw new SlipwayError(
    'SECRET_UNAVAILABLE',
    `What is found for ${wrong.join(', ')} is no URL that begins with https:// or http://.`,
  )
}
