/**
 * What stands at a path such as `globalParams.IMAGE`; undefined when nothing does. Only what the sender wrote is found,
 * never what objects have by birth. A list of `{key, value}`, the other form in which parameters are documented, is read
 * like an object.
 */
export function fieldAt(body: unknown, path: string): unknown {
  let found = body
  for (const name of path.split('.')) found = ownField(found, name)
  return found
}

function ownField(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) {
    const entry: unknown = value.find((one) => ownField(one, 'key') === name)
    return entry === undefined ? ownEntry(value, name) : ownField(entry, 'value')
  }
  return ownEntry(value, name)
}

function ownEntry(value: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value
}
