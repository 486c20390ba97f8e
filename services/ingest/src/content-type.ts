import type { CallHeaders } from './sources/source.ts'

/** Why the form of a body cannot be read, or null when it can. */
export function refuseForm(headers: CallHeaders, accepted: readonly string[]): string | null {
  const encoding = headers['content-encoding']?.trim().toLowerCase()
  if (encoding && encoding !== 'identity') return 'the body is compressed'
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  if (!accepted.includes(type.trim())) return 'the content type is none that this source sends'
  return parameters.every(isHarmless) ? null : 'the body is not declared as UTF-8'
}

function isHarmless(parameter: string): boolean {
  const [name = '', value = ''] = parameter.split('=')
  return name.trim() !== 'charset' || /^"?utf-?8"?$/.test(value.trim())
}
