const secretName = /PASS|SECRET|TOKEN|KEY|CREDENTIAL|DSN|AUTH/i

/** The values that must not come out in what a container says, told by their names. Lines are `NAME=value`. */
export function secretValues(environment: readonly string[]): string[] {
  return environment.flatMap((line) => {
    const at = line.indexOf('=')
    return secretName.test(line.slice(0, at)) ? [line.slice(at + 1)] : []
  })
}
