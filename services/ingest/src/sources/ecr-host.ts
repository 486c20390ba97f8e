/** Host of a private registry of Amazon ECR; undefined when account or region can be no part of one. */
export function ecrHost(account: string | undefined, region: string | undefined): string | undefined {
  if (!account || !region || !/^[0-9]{12}$/.test(account) || !/^[a-z]+(?:-[a-z0-9]+)+$/.test(region))
    return undefined
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return `${account}.dkr.ecr.${region}.${domain}`
}
