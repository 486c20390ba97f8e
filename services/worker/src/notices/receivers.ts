import { type Environment, readSecrets } from '@slipway/config-file'
import { type Config, SlipwayError } from '@slipway/core'
import type { Receiver } from '../adapters/fetch-notifier.ts'
import { isHttpUrl } from './http-url.ts'

/**
 * Whom the configuration names.
 * @throws SlipwayError SECRET_UNAVAILABLE naming every one without a URL, and none of the values
 */
export async function readReceivers(
  { notify }: Pick<Config, 'notify'>,
  environment: Environment,
): Promise<Receiver[]> {
  const named = notify.map(({ url, events }, at) => ({ name: `notify[${at}].url`, ref: url, events }))
  const urls = await readSecrets(
    named.map(({ name: path, ref }) => ({ path, ref })),
    environment,
  )
  const receivers = named.map(({ name, events }, at) => ({ name, events, url: urls[at]?.trim() ?? '' }))
  const wrong = receivers.filter(({ url }) => !isHttpUrl(url)).map(({ name }) => name)
  if (wrong.length === 0) return receivers
  throw new SlipwayError(
    'SECRET_UNAVAILABLE',
    `What is found for ${wrong.join(', ')} is no URL that begins with https:// or http://.`,
  )
}
