import type { CallHeaders, Source } from './sources/source.ts'

const form = 'application/x-www-form-urlencoded'

/** Why the form of a body cannot be read, or null when it can. */
export function refuseForm(
  headers: CallHeaders,
  source: Pick<Source, 'contentTypes' | 'form'>,
): string | null {
  const encoding = headers['content-encoding']?.trim().toLowerCase()
  if (encoding && encoding !== 'identity') return 'the body is compressed'
  if (source.contentTypes.includes(headers['content-type'] ?? '')) return null
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  const name = type.trim()
  const isTaken = source.contentTypes.includes(name) || (source.form !== undefined && name === form)
  if (!isTaken) return 'the content type is none that this source sends'
  return parameters.every(isHarmless) ? null : 'the body is not declared as UTF-8'
}

/** True when the body is said to be a form. */
export function isForm(headers: CallHeaders): boolean {
  const type = headers['content-type']
  return type !== undefined && (type.split(';', 1)[0] ?? '').trim().toLowerCase() === form
}

function isHarmless(parameter: string): boolean {
  const [name = '', value = ''] = parameter.split('=')
  return name.trim() !== 'charset' || /^"?utf-?8"?$/.test(value.trim())
}
