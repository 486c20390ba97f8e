/** What a builder is given: where to leave what takes its parts away, and what takes all of them away. */
export interface Building {
  readonly onClose: (close: () => Promise<unknown>) => void
  /** Takes away what was built, the last first. What cannot be taken away is told and keeps nothing else. */
  readonly stop: () => Promise<void>
}

/** Builds something out of several parts; when that fails half-way, what is there already goes. */
export async function buildOrClose<T>(
  say: (line: string) => void,
  build: (building: Building) => Promise<T>,
): Promise<T> {
  const closers: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const close of closers.reverse()) await close().catch((cause: unknown) => say(String(cause)))
  }
  try {
    return await build({ onClose: (close) => void closers.push(close), stop })
  } catch (cause) {
    await stop()
    throw cause
  }
}
