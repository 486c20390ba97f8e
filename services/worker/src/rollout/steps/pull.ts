import type { DeployRun } from '../run.ts'

/** Brings the image to the engine by its digest; what is there already is not pulled again. */
export async function pullImage(
  { want, site, engine, report }: DeployRun,
  digest: string,
  signal: AbortSignal,
): Promise<void> {
  const { image, timeouts } = site.config
  if (await engine.hasImage(image, digest, signal)) {
    report.line('[pull] the engine has this image already')
  } else {
    await engine.pull({
      image,
      digest,
      credentials: await site.credentials.read(signal),
      inactivity: timeouts.pull_inactivity,
      signal,
      onProgress: (line) => report.line(`[pull] ${line}`),
    })
  }
  await engine.keepImage(image, digest, { project: site.name, seq: want.seq }, signal)
}
